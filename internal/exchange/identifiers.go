package exchange

import "strconv"

// identifiers make an identifier of its length that nobody has: of region 00, or of a year and a region that have none.
// What an identifier begins with stays where it says what kind it is.
var identifiers = map[int]func(was string, below func(int) int) string{
	10: func(was string, below func(int) int) string {
		if was[:4] == foreignPrefix {
			return withINN10(was[:4] + drawn(5, below))
		}
		return withINN10("00" + drawn(7, below))
	},
	12: func(_ string, below func(int) int) string { return withINN12("00" + drawn(8, below)) },
	13: func(was string, below func(int) int) string { return withOGRN(was[:1]+"00"+drawn(9, below), 11) },
	15: func(was string, below func(int) int) string { return withOGRN(was[:1]+"00"+drawn(11, below), 13) },
}

// foreignPrefix begins the INN of an organisation from abroad.
const foreignPrefix = "9909"

func drawn(digits int, below func(int) int) string {
	text := make([]byte, digits)
	for i := range text {
		text[i] = '0' + byte(below(10))
	}
	return string(text)
}

// validID reports whether a run of digits has the check digits of an INN or an OGRN.
func validID(digits string) bool {
	switch n := len(digits); n {
	case 10:
		return withINN10(digits[:9]) == digits
	case 12:
		return withINN12(digits[:10]) == digits
	case 13:
		return withOGRN(digits[:12], 11) == digits
	case 15:
		return withOGRN(digits[:14], 13) == digits
	}
	return false
}

// weights are those of the check digits of an INN; the last of them stand for the digit before the check digit.
var weights = []int{3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8}

func withINN10(digits string) string { return digits + weighed(digits) }

func withINN12(digits string) string {
	digits += weighed(digits)
	return digits + weighed(digits)
}

func weighed(digits string) string {
	sum := 0
	for i, weight := range weights[len(weights)-len(digits):] {
		sum += weight * int(digits[i]-'0')
	}
	return strconv.Itoa(sum % 11 % 10)
}

func withOGRN(digits string, modulus int64) string {
	number, _ := strconv.ParseInt(digits, 10, 64) // 14 digits at most
	return digits + strconv.FormatInt(number%modulus%10, 10)
}
