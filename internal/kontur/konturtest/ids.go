package konturtest

import (
	"fmt"
	"strings"
)

// wellFormedINN reports whether Kontur.Focus would look for it: 10 digits for a legal entity, 12 for a person.
func wellFormedINN(inn string) bool {
	switch {
	case !onlyDigits(inn), strings.HasPrefix(inn, "9909"): // foreign organisations have a method of their own
		return false
	case len(inn) == 10:
		return weighed(inn[:9]) == inn[9]
	}
	return len(inn) == 12 && weighed(inn[:10]) == inn[10] && weighed(inn[:11]) == inn[11]
}

// wellFormedOGRN reports the same of 13 digits for a legal entity and 15 for a sole proprietor.
func wellFormedOGRN(ogrn string) bool {
	return onlyDigits(ogrn) && (len(ogrn) == 13 && remainder(ogrn[:12], 11) == ogrn[12] ||
		len(ogrn) == 15 && remainder(ogrn[:14], 13) == ogrn[14])
}

// weighed is the check digit of an INN behind these digits. The fewer there are, the later the weights begin.
func weighed(digits string) byte {
	weights := []int{3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8}
	sum := 0
	for i, weight := range weights[len(weights)-len(digits):] {
		sum += weight * int(digits[i]-'0')
	}
	return '0' + byte(sum%11%10)
}

func remainder(digits string, by int) byte {
	rest := 0
	for _, digit := range digits {
		rest = (rest*10 + int(digit-'0')) % by
	}
	return '0' + byte(rest%10)
}

func onlyDigits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}

// INN makes the n-th invented INN of a legal entity, with right check digits, in region 00, which does not exist. n is 1
// to 9,999,999.
func INN(n int) string {
	s := fmt.Sprintf("00%07d", n)
	return s + string(weighed(s))
}

// ForeignINN makes the n-th invented INN of an organisation from abroad, with a right check digit. n is 1 to 99,999.
func ForeignINN(n int) string {
	s := fmt.Sprintf("9909%05d", n)
	return s + string(weighed(s))
}

// PersonINN makes the n-th invented INN of a person, as INN does. n is 1 to 99,999,999.
func PersonINN(n int) string {
	s := fmt.Sprintf("00%08d", n)
	s += string(weighed(s))
	return s + string(weighed(s))
}

// OGRN makes the n-th invented OGRN of a legal entity, with a right check digit: of a year and a region that have none.
func OGRN(n int) string {
	s := fmt.Sprintf("1%011d", n)
	return s + string(remainder(s, 11))
}

// OGRNIP makes the n-th invented OGRNIP of a sole proprietor, as OGRN does.
func OGRNIP(n int) string {
	s := fmt.Sprintf("3%013d", n)
	return s + string(remainder(s, 13))
}
