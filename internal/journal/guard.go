package journal

import (
	"regexp"
	"strings"
)

// formula begins what a spreadsheet would run.
var formula = regexp.MustCompile(`^\s*[=+\-−@＝＋－＠]|^[\t\r\n]`)

// plain is a number that a spreadsheet shows as it is: no leading zeros, and no more digits than it has.
var plain = regexp.MustCompile(`^(?:0|[1-9]\d{0,10})$`)

// quantity is what Excel or LibreOffice, in Russian or in English, take for something else than text if there is a digit in it,
// and then show or save otherwise: numbers of any notation, shares, sums of money, dates, times and fractions. What only looks like
// one, such as 1-2-3-4, is taken in: the tab does no harm.
var quantity = regexp.MustCompile(`(?i)^(?:` + parts + `)+$`)

// word is what they take for a truth value or an error.
var word = regexp.MustCompile(`(?i)^\s*(?:true|false|истина|ложь|#[\p{L}/0]+[!?]?)\s*$`)

// parts are what a quantity consists of: digits and what separates them, signs of currencies, and words.
var parts = strings.Join([]string{
	`[\d\s\x{a0}\x{202f}.,:/\\'’()%+\-−–\p{Sc}]`, `\de[+\-−]?\d`, // 7714E0001 is 77140
	`jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?`,
	`янв(?:ар[ьяе])?|февр?(?:ал[ьяе])?|мар(?:т[ае]?)?|апр(?:ел[ьяе])?|ма[йяе]|ию[нл][ьяе]?|авг(?:уст[ае]?)?|сент?(?:ябр[ьяе])?|окт(?:ябр[ьяе])?|ноя(?:б(?:р[ьяе])?)?|дек(?:абр[ьяе])?`,
	`mon|tue|wed|thu|fri|sat|sun|пн|вт|ср|чт|пт|сб|вс`,
	` ?[ap]m|\s[ap]|\dt\d|\dz|г|года?`, // 10:30 pm, 2026-01-02T03:04:05Z, 2 марта 2026 г.
	`руб(?:л(?:ь|я|ей))?|р|коп|rub|usd|eur`,
}, "|")

// Guard puts a tab before a text that a spreadsheet would run or convert: with it the cell is text, and looks the same.
func Guard(text string) string {
	isQuantity := strings.ContainsAny(text, "0123456789") && quantity.MatchString(text) && !plain.MatchString(text)
	if isQuantity || formula.MatchString(text) || word.MatchString(text) {
		return "\t" + text
	}
	return text
}
