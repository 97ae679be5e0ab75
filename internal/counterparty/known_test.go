package counterparty_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/counterparty"
)

func TestBare(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		inn, " " + inn + "\u00a0\n", inn + "\u200b", "\ufeff" + inn, "\u202e" + inn + "\u202c", inn[:5] + "\u00ad" + inn[5:], "\x00" + inn + "\x1f", " \u200e" + inn + "\u200e ",
	} {
		require.Equal(t, inn, counterparty.Bare(text), "%q", text)
	}
	require.Equal(t, "00123 45673", counterparty.Bare("00123 45673"), "people mean something by it")
	require.Equal(t, "00123\n45673", counterparty.Bare("00123\n45673"))
	require.Empty(t, counterparty.Bare("\u200b \u2060"))
}

func TestKnown(t *testing.T) {
	t.Parallel()
	for kpp, why := range map[string]string{
		"нет": "does not have 9 characters", "б/н": "does not have 9 characters", "-": "does not have 9 characters", "123": "does not have 9 characters",
		"0020 01001": "does not have 9 characters", "0012az001": "has something other than digits and capital Latin letters in its 5th and 6th place",
		"000000000": "is all zeros",
	} {
		known, remarks := counterparty.Identity{INN: inn, OGRN: ogrnA, KPP: kpp + "\u200b"}.Known()
		require.Equal(t, counterparty.Identity{INN: inn, OGRN: ogrnA}, known)
		require.Equal(t, []string{`KPP "` + kpp + `" ` + why + ", so it counts as none"}, remarks)
	}
	for _, ogrn := range []string{"нет", "-", "—", "0", "0000000000000", "000000000000000", "1000000000011", "300000000000016", inn} {
		known, remarks := counterparty.Identity{INN: inn, OGRN: ogrn, KPP: headKPP}.Known()
		require.Equal(t, counterparty.Identity{INN: inn, KPP: headKPP}, known, ogrn)
		require.Len(t, remarks, 1, ogrn)
		require.True(t, strings.HasPrefix(remarks[0], `OGRN "`+ogrn+`" `), remarks[0])
	}
	known, remarks := counterparty.Identity{INN: "\u200b" + inn + " ", OGRN: ogrnipA + "\u00a0", KPP: "\ufeff" + headKPP}.Known()
	require.Equal(t, counterparty.Identity{INN: inn, OGRN: ogrnipA, KPP: headKPP}, known)
	require.Empty(t, remarks)
	_, remarks = counterparty.Identity{INN: "?", OGRN: "\u00ad", KPP: " "}.Known()
	require.Equal(t, []string{`INN "?" has characters other than the digits 0 to 9, so it counts as none`}, remarks, "what is empty needs no remark")
}

func TestWrongShowsWhatNobodySees(t *testing.T) {
	t.Parallel()
	wrong := errors.New("is wrong")
	require.Equal(t, `INN "12\u202e\u200b" is wrong`, counterparty.Wrong("INN", "12\u202e\u200b", wrong))
	require.Equal(t, "INN is wrong", counterparty.Wrong("INN", "", wrong))
	require.Less(t, len(counterparty.Wrong("INN", strings.Repeat("Ж", 5000), wrong)), 200)
}
