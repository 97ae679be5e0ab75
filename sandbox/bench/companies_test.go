package bench

import (
	"fmt"
	"math/rand/v2"
	"strings"

	"github.com/google/uuid"

	"counterparty-sync/internal/alfresco/alfrescotest"
	"counterparty-sync/internal/kontur/konturtest"
)

// companies invents companies that are as unlike each other as those of a register: numbers, names and addresses are
// random, so that nothing of a history is smaller than it would be in earnest. The seed makes every run the same.
type companies struct {
	rand  *rand.Rand
	ids   *rand.ChaCha8
	taken map[int]bool
}

func newCompanies() *companies {
	return &companies{rand: rand.New(rand.NewPCG(2026, 11)), ids: rand.NewChaCha8([32]byte{}), taken: map[int]bool{}}
}

// number is one below a limit that no company has yet.
func (c *companies) number(limit int) int {
	for {
		if n := 1 + c.rand.IntN(limit-1); !c.taken[n] {
			c.taken[n] = true
			return n
		}
	}
}

func (c *companies) digits(n int) string {
	var text strings.Builder
	for range n {
		text.WriteByte('0' + byte(c.rand.IntN(10)))
	}
	return text.String()
}

// word is one that nobody knows.
func (c *companies) word() string {
	const consonants, vowels = "бвгдзклмнпрстфх", "аеиоу"
	pick := func(letters string) string { // of two bytes each
		n := 2 * c.rand.IntN(len(letters)/2)
		return letters[n : n+2]
	}
	word := strings.ToUpper(pick(consonants)) + pick(vowels)
	for range 1 + c.rand.IntN(3) {
		word += pick(consonants) + pick(vowels)
	}
	return word
}

// name is what stands between the quotation marks.
func (c *companies) name() string {
	name := c.word()
	for range c.rand.IntN(3) {
		name += " " + c.word()
	}
	return strings.ToUpper(name)
}

// named gives a company a name.
func named(company *konturtest.Company, name string) {
	company.FullName = `ОБЩЕСТВО С ОГРАНИЧЕННОЙ ОТВЕТСТВЕННОСТЬЮ "` + name + `"`
	company.ShortName = `ООО "` + name + `"`
}

func (c *companies) date() string {
	return fmt.Sprintf("%d-%02d-%02d", 2000+c.rand.IntN(25), 1+c.rand.IntN(12), 1+c.rand.IntN(28))
}

func (c *companies) address() *konturtest.Address {
	toponym := func(short, full, value string) konturtest.Toponym {
		return konturtest.Toponym{Short: short, Full: full, Value: value}
	}
	return &konturtest.Address{
		Zip: "000" + c.digits(3), RegionCode: "00", Region: toponym("обл", "область", c.word()+"ская"),
		City: toponym("г", "город", c.word()), Street: toponym("ул", "улица", c.word()),
		House: toponym("дом", "дом", fmt.Sprint(1+c.rand.IntN(200))), Flat: toponym("", "", fmt.Sprintf("помещ. %d", 1+c.rand.IntN(400))),
	}
}

// company is a legal entity of a region that does not exist.
func (c *companies) company() konturtest.Company {
	company := konturtest.Company{
		INN: konturtest.INN(c.number(10_000_000)), OGRN: konturtest.OGRN(10_000_000 + c.number(99_000_000_000)),
		KPP: "00" + c.digits(2) + "01" + c.digits(3), OKPO: c.digits(8), OKATO: "00" + c.digits(9), OKTMO: "00" + c.digits(9),
		OKFS: "16", OKOGU: "4210014", OKOPF: "12300", OPF: "Общества с ограниченной ответственностью",
		NameDate: c.date(), Address: c.address(), AddressDate: c.date(), RegistrationDate: c.date(),
		Heads: []konturtest.Head{{
			FIO: c.word() + " " + c.word() + " " + c.word(), INN: "00" + c.digits(10), Position: "ГЕНЕРАЛЬНЫЙ ДИРЕКТОР", Date: c.date(),
		}},
		Statements: konturtest.Statements{Green: true},
	}
	named(&company, c.name())
	return company
}

// node is a counterparty that agrees with its company in all that is mapped.
func (c *companies) node(company konturtest.Company) alfrescotest.Node {
	return alfrescotest.Node{ID: uuid.Must(uuid.NewRandomFromReader(c.ids)).String(), Language: "ru", Properties: map[string]any{
		"idocs:inn": company.INN, "idocs:ogrn": company.OGRN, "idocs:kpp": company.KPP, "idocs:okpo": company.OKPO, "idocs:okato": company.OKATO,
		"idocs:fullOrganizationName": company.FullName, "idocs:shortOrganizationName": company.ShortName,
		"idocs:juridicalAddress": company.Address.Line(), "idocs:postAddress": company.Address.Line(),
		"idocs:CEOname": company.Heads[0].Position + ", " + company.Heads[0].FIO,
	}}
}
