package schedule_test

import (
	"errors"
	"strings"
	"testing"
	"time"
	_ "time/tzdata"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/invalid"
	"counterparty-sync/internal/schedule"
)

func TestParseRefusesAndSaysWhatToWrite(t *testing.T) {
	t.Parallel()
	const fieldCount = "5 fields (minute, hour, day of month, month, day of week), 6 with a second in front, 7 with a year at the end, @daily and the like, or @every 6h; this text has "
	const counting = ": Spring counts Monday as 1, Quartz counts Sunday as 1"
	const week = ": the week of Spring begins with Monday, that of Quartz with Sunday"
	const noLast = ": Temporal knows no last day; write 28, or 1 for the day after the last one"
	const noComment = "a text without #: Temporal takes what follows as a comment; for the second Friday write 8-14 and FRI with seconds first: 0 0 2 8-14 * FRI"
	const plain = "one line of Latin letters, digits and signs, with plain blanks between the fields"
	const macros = "@hourly, @daily, @midnight, @weekly, @monthly, @yearly, @annually or @every 6h"
	const interval = "@every and an interval in whole days, hours, minutes and seconds such as 6h, 1h30m, 1d, or 6h/15m with an offset"
	const never = "a time that exists: this one never comes; 28 is the last day that every month has"
	tests := []struct{ name, give, want string }{
		{"four fields", "0 2 * *", fieldCount + "4"},
		{"eight fields", "0 0 2 * * * * *", fieldCount + "8"},
		{"one word", "daily", fieldCount + "1"},
		{"minute out of range", "60 2 * * *", `numbers from 0 to 59 as the minute, not "60"`},
		{"hour out of range", "0 30 3 32 * MON", `numbers from 1 to 31 as the day of month, not "32"`},
		{"hour 24", "0 24 * * *", `numbers from 0 to 23 as the hour, not "24"`},
		{"second out of range", "60 0 2 * * *", `numbers from 0 to 59 as the second, not "60"`},
		{"day 0", "0 2 0 * *", `numbers from 1 to 31 as the day of month, not "0"`},
		{"month by a wrong name", "0 2 * FOO *", `numbers from 1 to 12 or names from JAN to DEC as the month, not "FOO"`},
		{"month by two letters", "0 2 * JA *", `numbers from 1 to 12 or names from JAN to DEC as the month, not "JA"`},
		{"weekday 8", "0 2 * * 8", `numbers from 0 to 7 or names from SUN to SAT as the day of week, not "8"`},
		{"year out of range", "0 0 2 * * ? 1999", `numbers from 2000 to 2100 as the year, not "1999"`},
		{"years backwards", "0 0 2 * * ? 2030-2028", `a range from the earlier year to the later one, not "2030-2028"`},
		{"step from every year", "0 0 2 * * ? */4", `a step from a certain year such as 2028/4, not "*/4": Quartz and Temporal count from different years`},
		{"signed number", "+1 2 * * *", `numbers from 0 to 59 as the minute, not "+1"`},
		{"negative number", "-1 2 * * *", `numbers from 0 to 59 as the minute, not "-1"`},
		{"open range", "1- 2 * * *", `numbers from 0 to 59 as the minute, not "1-"`},
		{"two dashes", "1-2-3 2 * * *", `numbers from 0 to 59 as the minute, not "1-2-3"`},
		{"empty part of a list", "1,,2 2 * * *", `numbers from 0 to 59 as the minute, not ""`},
		{"question mark outside of days", "? 2 * * *", `numbers from 0 to 59 as the minute, not "?"`},
		{"step 0", "*/0 * * * *", `a step from 1 to 59 as the minute, not "*/0"; for wider ones write @every 90m`},
		{"step wider than the field", "*/90 * * * *", `a step from 1 to 59 as the minute, not "*/90"; for wider ones write @every 90m`},
		{"two steps", "1/2/3 * * * *", `a step from 1 to 59 as the minute, not "1/2/3"; for wider ones write @every 90m`},
		{"last day", "0 2 L * *", `days by number, not "L"` + noLast},
		{"last weekday of the month", "0 0 2 LW * ?", `days by number, not "LW"` + noLast},
		{"last day but three", "0 0 2 L-3 * ?", `days by number, not "L-3"` + noLast},
		{"last Friday by number", "0 0 2 ? * 5L", `days by number, not "5L"` + noLast},
		{"last Friday by name", "0 0 2 ? * FriL", `days by number, not "FriL"` + noLast},
		{"last day in a list", "0 2 1,L * *", `days by number, not "L"` + noLast},
		{"nearest weekday", "0 2 15W * *", `a day of the month or weekdays such as MON-FRI, not "15W": Temporal knows no nearest weekday`},
		{"calendar day", "0 0 2 5C * ?", `a day of the month or weekdays such as MON-FRI, not "5C": Temporal knows no calendars of holidays`},
		{"second Friday", "0 2 * * 5#2", noComment},
		{"second Friday, seconds first", "0 0 2 ? * 6#2", noComment},
		{"comment", "0 2 * * * # nightly", noComment},
		{"numeric weekdays with seconds first", "0 0 2 * * 1-5", `days of the week by name when seconds come first, such as MON-FRI, not "1-5"` + counting},
		{"numeric weekday in Quartz", "0 0 2 ? * 2", `days of the week by name when seconds come first, such as MON-FRI, not "2"` + counting},
		{"half a numeric range", "0 0 2 * * MON-5", `days of the week by name when seconds come first, such as MON-FRI, not "MON-5"` + counting},
		{"numeric weekday with a year", "0 0 2 * * 2 *", `days of the week by name when seconds come first, such as MON-FRI, not "2"` + counting},
		{"numeric weekday in a list", "0 0 2 * * MON,3", `days of the week by name when seconds come first, such as MON-FRI, not "3"` + counting},
		{"Temporal's year in the sixth field", "0 2 * * * 2027", `days of the week by name when seconds come first, such as MON-FRI, not "2027"` + counting +
			`; for a year write seven fields, seconds first: 0 0 2 * * * 2027`},
		{"every other weekday, seconds first", "0 0 2 * * */2", `days of the week one by one when seconds come first, such as MON,WED,FRI, not "*/2"` + week},
		{"step from a weekday, seconds first", "0 0 2 * * MON/2", `days of the week one by one when seconds come first, such as MON,WED,FRI, not "MON/2"` + week},
		{"reboot", "@reboot", macros + ": a schedule lives on the server and knows no reboot"},
		{"unknown macro", "@dayly", macros},
		{"macro with more", "@daily 5", macros},
		{"every nothing", "@every", interval},
		{"every without unit", "@every 10", interval},
		{"every with a fraction", "@every 1.5h", interval},
		{"every with blanks", "@every 6h / 15m", interval},
		{"every with an empty offset", "@every 6h/", interval},
		{"every zero", "@every 0s", "@every and an interval from 1s to 366d"},
		{"every too long", "@every 367d", "@every and an interval from 1s to 366d"},
		{"every much too long", "@every 999999d", "@every and an interval from 1s to 366d"},
		{"offset as long as the interval", "@every 6h/6h", "@every with an offset after the / that is shorter than the interval before it"},
		{"every with a zone", "TZ=Europe/Moscow @every 6h", "@every without TZ=: it counts from 1970-01-01 00:00 UTC in every zone; for hours of the day write 0 */6 * * *"},
		{"zone without a time", "CRON_TZ=Europe/Moscow", "a time after the time zone, such as TZ=Europe/Moscow 0 2 * * *"},
		{"unknown zone in front", "CRON_TZ=Europe/Moskva 0 2 * * *", "an IANA time zone such as Europe/Moscow, Asia/Yekaterinburg or UTC after TZ="},
		{"no zone in front", "TZ= 0 2 * * *", "an IANA time zone such as Europe/Moscow, Asia/Yekaterinburg or UTC after TZ="},
		{"31 February", "0 2 31 2 *", never},
		{"29 February in a year without", "0 0 2 29 2 ? 2027", never},
		{"two lines", "0 2 * * *\n0 3 * * *", plain},
		{"tab", "0 2\t* * *", plain},
		{"Cyrillic letter", "0 2 * * ВС", plain},
		{"no-break space", "0 2\u00a0* * *", plain},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := schedule.Parse(tt.give, "")
			var field *invalid.Field
			require.ErrorAs(t, err, &field)
			require.Equal(t, &invalid.Field{Name: "cron", Value: tt.give, Allowed: tt.want}, field)
		})
	}
}

func TestParseZones(t *testing.T) {
	t.Parallel()
	const iana = "an IANA time zone such as Europe/Moscow, Asia/Yekaterinburg or UTC"
	tests := []struct {
		name, cron, timeZone string
		want, wantErr        string
	}{
		{name: "default is UTC", cron: "0 2 * * *", want: "UTC"},
		{name: "zone of the sync", cron: "0 2 * * *", timeZone: "Europe/Moscow", want: "Europe/Moscow"},
		{name: "zone in front", cron: "CRON_TZ=Europe/Moscow 0 2 * * *", want: "Europe/Moscow"},
		{name: "zone in front beats the default", cron: "TZ=Europe/Moscow 0 2 * * *", timeZone: "UTC", want: "Europe/Moscow"},
		{name: "zone in front of a macro", cron: "TZ=Europe/Moscow @daily", want: "Europe/Moscow"},
		{name: "zone in front of seven fields", cron: "CRON_TZ=Europe/Moscow  0 0 2 * * * *", want: "Europe/Moscow"},
		{name: "the same zone twice", cron: "TZ=Europe/Moscow 0 2 * * *", timeZone: "Europe/Moscow", want: "Europe/Moscow"},
		{name: "an interval may have a zone to be shown in", cron: "@every 6h", timeZone: "Europe/Moscow", want: "Europe/Moscow"},
		{name: "two zones", cron: "TZ=Europe/Berlin 0 2 * * *", timeZone: "Europe/Moscow",
			wantErr: `cron: "TZ=Europe/Berlin 0 2 * * *" is not allowed; allowed: the same time zone as timeZone, which is Europe/Moscow, or no TZ= at all`},
		{name: "unknown zone", cron: "0 2 * * *", timeZone: "Europe/Moskva", wantErr: `timeZone: "Europe/Moskva" is not allowed; allowed: ` + iana},
		{name: "the zone of this computer", cron: "0 2 * * *", timeZone: "Local", wantErr: `timeZone: "Local" is not allowed; allowed: ` + iana},
		{name: "a path", cron: "0 2 * * *", timeZone: "../etc/passwd", wantErr: `timeZone: "../etc/passwd" is not allowed; allowed: ` + iana},
		{name: "both problems at once", cron: "0 25 * * *", timeZone: "Moscow",
			wantErr: `timeZone: "Moscow" is not allowed; allowed: ` + iana + "\n" + `cron: "0 25 * * *" is not allowed; allowed: numbers from 0 to 23 as the hour, not "25"`},
		{name: "no cron, wrong zone", timeZone: "Moscow", wantErr: `timeZone: "Moscow" is not allowed; allowed: ` + iana},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			spec, err := schedule.Parse(tt.cron, tt.timeZone)
			if tt.wantErr != "" {
				require.EqualError(t, err, tt.wantErr)
				return
			}
			require.NoError(t, err)
			require.Equal(t, tt.want, spec.ScheduleSpec().TimeZoneName)
			require.Equal(t, tt.cron, spec.String())
		})
	}
}

func TestParseShortensWhatIsTooLong(t *testing.T) {
	t.Parallel()
	_, err := schedule.Parse(strings.Repeat("0,", 5000), "")
	var field *invalid.Field
	require.True(t, errors.As(err, &field))
	require.Less(t, len(err.Error()), 500)
	require.Contains(t, field.Allowed, "at most 200 characters")
}

func TestParseWithoutCronHasNoStarts(t *testing.T) {
	t.Parallel()
	for _, cron := range []string{"", "  ", "\n"} {
		spec, err := schedule.Parse(cron, "Europe/Moscow")
		require.NoError(t, err)
		require.Empty(t, spec.Next(time.Unix(0, 0), 3))
		require.Empty(t, spec.ScheduleSpec().Calendars)
		require.Empty(t, spec.ScheduleSpec().Intervals)
		require.Empty(t, spec.String())
		require.Equal(t, "no cron: passes start by hand only", spec.Describe())
	}
	require.Empty(t, schedule.Spec{}.Next(time.Unix(0, 0), 3))
	require.Equal(t, "UTC", schedule.Spec{}.ScheduleSpec().TimeZoneName)
}

func TestDescribe(t *testing.T) {
	t.Parallel()
	tests := []struct{ give, zone, want string }{
		{"0 0 2 * * *", "", "Spring/Quartz, seconds first: second 0, minute 0, hour 2"},
		{"1 * * * * *", "", "Spring/Quartz, seconds first: second 1, every minute, every hour"},
		{"0 0/15 * * * *", "", "Spring/Quartz, seconds first: second 0, minute 0,15,30,45, every hour"},
		{"0 */5 * ? * MON-FRI", "Europe/Moscow", "Spring/Quartz, seconds first: second 0, minute 0-55/5, every hour, day of week MON-FRI, Europe/Moscow"},
		{"0 0 2 1 JAN ? 2027", "", "Quartz, seconds first, year last: second 0, minute 0, hour 2, day of month 1, month JAN, year 2027"},
		{"0 3 13 * FRI", "", "Unix: minute 0, hour 3, day of month 13 or day of week FRI"},
		{"0 0 3 13 * FRI", "", "Spring/Quartz, seconds first: second 0, minute 0, hour 3, day of month 13 and day of week FRI"},
		{"0 3 1-31 * FRI", "", "Unix: minute 0, hour 3, every day of month or day of week FRI"},
		{"@daily", "", "Unix: minute 0, hour 0"},
		{"@every 6h/15m", "", "interval: every 6h, counted from 1970-01-01 00:00 UTC plus 15m"},
		{"@every 1d", "Europe/Moscow", "interval: every 24h, counted from 1970-01-01 00:00 UTC"},
		{"CRON_TZ=Europe/Moscow 0 2 * * *", "", "Unix: minute 0, hour 2, Europe/Moscow"},
	}
	for _, tt := range tests {
		t.Run(tt.give, func(t *testing.T) {
			t.Parallel()
			spec, err := schedule.Parse(tt.give, tt.zone)
			require.NoError(t, err)
			require.Equal(t, tt.want, spec.Describe())
		})
	}
}
