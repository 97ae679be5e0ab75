package counterparty

// IDKind is the kind of identifier by which companies are asked about.
type IDKind string

// The kinds of identifiers.
const (
	INN IDKind = "inn"
	// OGRN stands for the OGRNIP of sole proprietors too.
	OGRN IDKind = "ogrn"
)
