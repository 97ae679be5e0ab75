package temporalserver

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"go.temporal.io/server/common/persistence/sql/sqlplugin"
	sqliteschema "go.temporal.io/server/schema/sqlite"
)

// applicationID marks a SQLite file as one of this package ("PRAGMA application_id"): the letters "cpsx".
const applicationID = 0x63707378

// FileError says why a database file can't be used, and what to do.
type FileError struct {
	File    string
	Problem string // "was made by …"
	Hint    string
}

// Error implements error.
func (e *FileError) Error() string {
	return fmt.Sprintf("database %s %s\nhint: %s", e.File, e.Problem, e.Hint)
}

// prepareFile checks that this server version made the file, and fills it with the schema if it is new or empty. Schema and
// mark come in one transaction, so that a start that is cut off leaves an empty file and not half a schema.
func prepareFile(ctx context.Context, file string) (err error) {
	db, err := sql.Open(sqlDriver, "file:"+escape(file)+"?mode=rwc&_pragma=busy_timeout%3d5000")
	if err != nil {
		return fmt.Errorf("open database %s: %w", file, err)
	}
	defer func() { err = errors.Join(err, db.Close()) }()

	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("open database %s: %w", file, err)
	}
	defer tx.Rollback() //nolint:errcheck // does nothing after a commit

	isNew, err := checkMark(ctx, tx, file)
	if err != nil || !isNew {
		return err
	}
	if err := sqliteschema.SetupSchemaOnDB(schemaTarget{ctx: ctx, tx: tx}); err != nil {
		return fmt.Errorf("create database %s: %w", file, err)
	}
	mark := fmt.Sprintf("PRAGMA application_id = %d; PRAGMA user_version = %d", applicationID, versionNumber(Version))
	if _, err := tx.ExecContext(ctx, mark); err != nil {
		return fmt.Errorf("mark database %s: %w", file, err)
	}
	return wrap("create database "+file, tx.Commit())
}

// checkMark says whether the file is new. A file of anybody else is a FileError.
func checkMark(ctx context.Context, tx *sql.Tx, file string) (isNew bool, err error) {
	var application, version, tables int
	for query, value := range map[string]*int{
		"PRAGMA application_id":              &application,
		"PRAGMA user_version":                &version,
		"SELECT count(*) FROM sqlite_master": &tables,
	} {
		if err := tx.QueryRowContext(ctx, query).Scan(value); err != nil {
			if strings.Contains(err.Error(), "file is not a database") {
				return false, &FileError{File: file, Problem: "is not a SQLite file", Hint: "choose another file"}
			}
			return false, fmt.Errorf("read database %s: %w", file, err)
		}
	}
	switch {
	case tables == 0:
		return true, nil
	case application != applicationID:
		return false, &FileError{File: file, Problem: "was made by another program", Hint: "choose another file"}
	case version != versionNumber(Version):
		return false, &FileError{
			File:    file,
			Problem: fmt.Sprintf("was made by Temporal server %s, this is %s: such files are not migrated", versionText(version), Version),
			Hint:    "choose another file, or delete this one and lose its schedules and histories",
		}
	}
	return false, nil
}

// versionNumber makes one number of "1.32.1" that versionText takes apart: 1032001.
func versionNumber(version string) int {
	var major, minor, patch int
	_, _ = fmt.Sscanf(version, "%d.%d.%d", &major, &minor, &patch) // what is missing counts as 0
	return (major*1000+minor)*1000 + patch
}

func versionText(number int) string {
	return fmt.Sprintf("%d.%d.%d", number/1_000_000, number/1000%1000, number%1000)
}

// schemaTarget lets the server's schema run inside a transaction of ours. Exec is the only method that is called.
type schemaTarget struct {
	sqlplugin.AdminDB
	ctx context.Context
	tx  *sql.Tx
}

// Exec implements sqlplugin.AdminDB.
func (t schemaTarget) Exec(statement string, args ...any) error {
	_, err := t.tx.ExecContext(t.ctx, statement, args...)
	return err
}
