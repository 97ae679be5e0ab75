package counterparty

// Kind distinguishes legal entities (ЮЛ) and sole proprietors (ИП).
type Kind string

// The kinds of companies that Kontur.Focus answers about.
const (
	LegalEntity    Kind = "UL"
	SoleProprietor Kind = "IP"
)

// Identity is what a node says about who it is. Any part may be empty.
type Identity struct {
	INN  string
	OGRN string // or OGRNIP
	KPP  string
}

// ID is the identifier of the kind.
func (i Identity) ID(by IDKind) string {
	if by == OGRN {
		return i.OGRN
	}
	return i.INN
}

// Company is what distinguishes one company from the others that share its INN.
type Company struct {
	Kind      Kind   `json:"kind"`
	KPP       string `json:"kpp,omitempty"`
	Dissolved bool   `json:"dissolved,omitempty"`
	// RegistrationDate is YYYY-MM-DD, so that it sorts as text.
	RegistrationDate string `json:"registrationDate,omitempty"`
	// FormerKPPs are earlier KPPs of the head office.
	FormerKPPs []string `json:"formerKpps,omitempty"`
	// BranchKPPs are the KPPs of all the company's branches that have one.
	BranchKPPs []string `json:"branchKpps,omitempty"`
}

// Projection is what one source says about one company, cut down to the mapped attributes, so that it may travel
// through a workflow's history.
type Projection struct {
	INN  string `json:"inn"`
	OGRN string `json:"ogrn"`
	// Company is given by the source req only: it says which of several companies is which.
	Company *Company `json:"company,omitempty"`
	// Values holds the mapped attributes. A missing key means "nothing to say"; a nil value means "clear it".
	Values map[string]any `json:"values,omitempty"`
	// Branches holds, by KPP, what a branch says in place of its company, for the KPPs that were asked about.
	Branches map[string]map[string]any `json:"branches,omitempty"`
	// Notes say, by attribute, what of the source's object could not be read. Such an attribute has no value. The note of
	// WholeItem is about all of it.
	Notes map[string]string `json:"notes,omitempty"`
}

// WholeItem stands for all attributes in the notes of a projection.
const WholeItem = "*"

// Unread is why there is nothing of what the source says about the company: it could not be read, or the source can't even be
// asked. Empty: there is.
func (p Projection) Unread() string { return p.Notes[WholeItem] }

// ID is the identifier of the kind.
func (p Projection) ID(by IDKind) string { return Identity{INN: p.INN, OGRN: p.OGRN}.ID(by) }
