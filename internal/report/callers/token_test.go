package callers_test

import (
	"bytes"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"regexp"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/report/callers"
)

func TestNewToken(t *testing.T) {
	t.Parallel()
	token, hash, err := callers.NewToken(bytes.NewReader(make([]byte, 32)))
	require.NoError(t, err)
	require.Equal(t, "cps_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", token)
	require.Equal(t, callers.TokenHash(token), hash)
	one, _, err := callers.NewToken(nil)
	require.NoError(t, err)
	other, _, err := callers.NewToken(nil)
	require.NoError(t, err)
	require.NotEqual(t, one, other)
	require.Regexp(t, regexp.MustCompile(`^cps_[A-Za-z0-9_-]{43}$`), one)
	_, _, err = callers.NewToken(iotest.ErrReader(errors.New("no more")))
	require.EqualError(t, err, "read random bytes for a token: no more")
	_, _, err = callers.NewToken(bytes.NewReader(make([]byte, 31)))
	require.Error(t, err, "a short token is none")
}

func TestTokenHashIsThatOfOtherTools(t *testing.T) {
	t.Parallel()
	// printf %s abc | sha256sum
	require.Equal(t, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", callers.TokenHash("abc"))
}

func TestFind(t *testing.T) {
	t.Parallel()
	list, err := callers.Parse(fmt.Appendf(nil, `callers:
  - {name: crm, domain: example, tokenHashes: [%s, %s]}
  - {name: erp, tokenHashes: [%s]}
  - {name: old, passwordHash: ICy5YqxZB1uWSwcVLSNLcA==}
`, callers.TokenHash("crm-1"), callers.TokenHash("crm-2"), callers.TokenHash("erp")))
	require.NoError(t, err)
	require.Equal(t, 3, list.Count())
	for token, want := range map[string]string{"crm-1": "crm@example", "crm-2": "crm@example", "erp": "erp"} {
		caller, ok := list.Find(token)
		require.True(t, ok, token)
		require.Equal(t, want, caller.User())
	}
	for _, token := range []string{"", "crm", "crm-", "crm-11", "CRM-1", "123", "ICy5YqxZB1uWSwcVLSNLcA==", callers.TokenHash("erp")} {
		caller, ok := list.Find(token)
		require.False(t, ok, token)
		require.Empty(t, caller)
	}
	_, ok := (*callers.Callers)(nil).Find("erp")
	require.False(t, ok)
	require.NotContains(t, fmt.Sprintf("%v %+v", list, list), callers.TokenHash("erp"))
}

// Who has only a token has no password, and not an empty one.
func TestWithoutAPasswordNoTokensAreComputed(t *testing.T) {
	t.Parallel()
	list, err := callers.Parse([]byte("callers: [{name: erp, tokenHashes: [" + callers.TokenHash("erp") + "]}]"))
	require.NoError(t, err)
	for _, computed := range []string{
		compute("erp", "", 1483634723, 60),
		callers.Compute("erp", "", at(1483634723), 60).Token,
	} {
		_, err = list.Check(computed, at(1483634723))
		require.ErrorIs(t, err, callers.ErrUnknown)
	}
}

// A token is compared with all hashes, in constant time: a way out of the loop would tell by the time it takes whose it was.
func TestFindTakesTheSameTimeForAll(t *testing.T) {
	t.Parallel()
	file, err := parser.ParseFile(token.NewFileSet(), "callers.go", nil, 0)
	require.NoError(t, err)
	constant := 0
	ast.Inspect(file, func(n ast.Node) bool {
		f, ok := n.(*ast.FuncDecl)
		if !ok || f.Name.Name != "Find" {
			return true
		}
		ast.Inspect(f, func(n ast.Node) bool {
			loop, ok := n.(*ast.RangeStmt)
			if !ok {
				return true
			}
			ast.Inspect(loop.Body, func(n ast.Node) bool {
				switch n := n.(type) {
				case *ast.IfStmt, *ast.ReturnStmt, *ast.BranchStmt, *ast.SwitchStmt, *ast.BinaryExpr:
					t.Errorf("the loop of Find may not decide: %T", n)
				case *ast.SelectorExpr:
					if n.Sel.Name == "ConstantTimeCompare" {
						constant++
					}
				}
				return true
			})
			return false
		})
		return false
	})
	require.Equal(t, 1, constant)
}

func TestCheckName(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"crm", "Портал-2", "a.b_c"} {
		require.NoError(t, callers.CheckName("NAME", name))
	}
	for _, name := range []string{"", "a b", "a:b", "cps_0123", "a@b"} {
		require.EqualError(t, callers.CheckName("NAME", name), wrongName(name))
	}
}

func wrongName(name string) string {
	const allowed = "allowed: 1 to 100 letters, digits and . _ -"
	if name == "" {
		return "NAME is missing; " + allowed
	}
	return fmt.Sprintf("NAME: %q is not allowed; %s", name, allowed)
}
