package journal_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/journal"
)

// Whatever a spreadsheet would calculate, or show otherwise than it is written, is text.
func TestGuard(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		// Formulas.
		"=a", "+1", "-1", "−1", "@a", "\ta", "\ra", "\na", "＝a", "＋a", "－a", "＠a", " =a",
		// Numbers.
		"01", "0012345673", " 01", "123456789012", "1000000000010", "7714E0001", "77140e001", "1e5", "1E+5", "1,5e-3", "0.5", "0,5", ".5", "5.", "1.50", "5-", "(5)",
		"1 000", "1\u00a0000,00", "1\u202f000", "1,000", "1'000", " 5", "5 ",
		// Shares and sums of money.
		"5%", "5 %", "$5", "5 €", "5\u00a0₽", "100 руб.", "100,50 р.", "100 RUB", "2 рубля 50 коп.",
		// Dates.
		"01.11", "10.11", "1-2", "12/5", "1.2.24", "01.02.2026", "2026-01-02", "2026-01-02T03:04:05Z", "2026-01-02 03:04:05.678", "1/2/2026",
		"мар.24", "мар 24", "мар24", "24 мар", "Март 2024", "1 мая 2024 г.", "1 мая 2024 года", "июн.24", "сент. 24", "3 июля", "нояб. 24", "2 декабря 2026", "3 августа",
		"Mar-24", "MAR1", "SEPT2", "1-Dec", "24 March 2024", "March 24, 2024", "May 1", "Mon, 2 Mar 2026", "пн 02.03.2026",
		// Times.
		"10:30", "1:2", "10:30:15", "10:30 AM", "10 pm", "5 p", "10:30am",
		// Fractions, truth values, errors.
		"1/2", "1 1/2", "true", "FALSE", "Истина", "ЛОЖЬ", "#N/A", "#Н/Д", "#DIV/0!", "#ДЕЛ/0!", "#ИМЯ?",
	} {
		require.Equal(t, "\t"+text, journal.Guard(text))
		require.Equal(t, text, unguard(journal.Guard(text)))
	}
	for _, text := range []string{
		"", "0", "1", "12345678901", "771401001", "a=b", "ООО", "01a", "a-b", "7714А0001Б", "ООО \"Март\"", "март", "Mar", "ул. Тестовая, д. 5", "дом 1/2", "5 мкр",
		"7c0a2f0e-9a3b-4c55-8a51-0d3c1be04b1e", "counterparty-sync-main-2026-03-02T12:00:00Z", "верно", "trueness", "#1 в мире", "true story",
	} {
		require.Equal(t, text, journal.Guard(text))
	}
}
