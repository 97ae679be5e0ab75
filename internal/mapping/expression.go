package mapping

import "counterparty-sync/internal/jq"

// companyVariable is the whole object of the company, for expressions over a branch.
const companyVariable = "$company"

// expression is a compiled jq expression whose output is a value.
type expression struct{ code *jq.Expression }

// compile compiles an expression that may call the definitions.
func compile(text string, definitions jq.Definitions) (*expression, error) {
	code, err := jq.Compile(text, definitions, companyVariable)
	if err != nil {
		return nil, err
	}
	return &expression{code: code}, nil
}

// run gives the value that the expression has for an object, nil if that is absent. Only its first output counts.
func (e *expression) run(object, company any) (any, error) {
	output, err := e.code.First(object, company)
	if err != nil {
		return nil, err
	}
	return valueOf(output)
}
