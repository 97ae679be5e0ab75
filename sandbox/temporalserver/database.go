package temporalserver

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/google/uuid"
	"go.temporal.io/server/common/config"
	"go.temporal.io/server/common/log"
	"go.temporal.io/server/common/metrics"
	serversql "go.temporal.io/server/common/persistence/sql"
	"go.temporal.io/server/common/persistence/sql/sqlplugin"
	"go.temporal.io/server/common/persistence/sql/sqlplugin/sqlite"
	"go.temporal.io/server/common/resolver"
	sqliteschema "go.temporal.io/server/schema/sqlite"
	"google.golang.org/protobuf/types/known/durationpb"
)

// sqlDriver is the database/sql driver that the server's SQLite plugin registers.
const sqlDriver = "sqlite"

// pragmas are settings of the server's connection to a file. A write-ahead log that is not flushed at each commit stays
// consistent whatever happens, and loses nothing when the process dies; when the machine loses power, the last
// commits may be gone (SQLite, "PRAGMA synchronous"). In return a workflow's step takes a third of the time: 6 ms instead of
// 17 on the disk of a virtual machine, as in memory. More than one connection gains nothing and is slower with several
// workflows at once.
var pragmas = map[string]string{"journal_mode": "wal", "synchronous": "normal"}

// database is what a server keeps its state in.
type database struct {
	config *config.SQL
	// lock is held by the one server that may use a file: two would each think that it owns the workflows. It is an
	// exclusive transaction of SQLite in a file beside, because that works on all systems and ends with the process. Nil in
	// memory.
	lock *sql.DB
}

// openDatabase locks the file and makes it if it is not there; an empty name means a new database in memory.
func openDatabase(ctx context.Context, file string) (*database, error) {
	if file == "" {
		return &database{config: memoryConfig()}, nil
	}
	file, err := filepath.Abs(file)
	if err != nil {
		return nil, fmt.Errorf("find database %s: %w", file, err)
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o750); err != nil {
		return nil, fmt.Errorf("make folder of database: %w", err)
	}
	lock, err := lockFile(ctx, file)
	if err != nil {
		return nil, err
	}
	if err := prepareFile(ctx, file); err != nil {
		return nil, errors.Join(err, wrap("unlock database", lock.Close()))
	}
	return &database{config: fileConfig(file), lock: lock}, nil
}

func memoryConfig() *config.SQL {
	return &config.SQL{
		PluginName:        sqlite.PluginName,
		DatabaseName:      uuid.NewString(),
		ConnectAttributes: map[string]string{"mode": "memory", "cache": "shared"},
	}
}

func fileConfig(file string) *config.SQL {
	attributes := map[string]string{
		"mode": "rwc",
		// The plugin keeps connections in a table of the process, by their attributes, and never closes them. A new
		// name at each start keeps a restart from getting the sealed connection of the server before. The plugin does
		// something about the value "true" only, SQLite about none.
		"setup": uuid.NewString(),
	}
	maps.Copy(attributes, pragmas)
	return &config.SQL{PluginName: sqlite.PluginName, DatabaseName: escape(file), ConnectAttributes: attributes}
}

// escape makes a path safe for the URI that SQLite takes: "?", "#" and "%" mean something there.
func escape(file string) string {
	return (&url.URL{Path: filepath.ToSlash(file)}).EscapedPath()
}

// createNamespace makes a namespace unless there is one of that name.
func (d *database) createNamespace(name string, retention time.Duration) error {
	ns, err := sqliteschema.NewNamespaceConfig(clusterName, name, false, nil)
	if err != nil {
		return fmt.Errorf("describe namespace %s: %w", name, err)
	}
	ns.Detail.Config.Retention = durationpb.New(retention)
	return wrap("create namespace "+name, sqliteschema.CreateNamespaces(d.config, ns))
}

// close makes sure that nothing writes to the database any more and gives the file free for the next server.
func (d *database) close() error {
	if d.lock == nil {
		return nil // a database in memory stays until the process ends: the plugin keeps its connection
	}
	return errors.Join(d.seal(), wrap("unlock database", d.lock.Close()))
}

// seal makes the plugin's connection, which can't be closed, a read-only one. All of the server shares this one
// connection, so a goroutine that outlives the stop can't write. Before, the write-ahead log is put into the file, so
// that the file alone is the whole database.
func (d *database) seal() error {
	return within(sealTimeout, "seal database", func() error {
		db, err := serversql.NewSQLAdminDB(sqlplugin.DbKindUnknown, d.config, resolver.NewNoopResolver(), log.NewNoopLogger(), metrics.NoopMetricsHandler)
		if err != nil {
			return err
		}
		return errors.Join(db.Exec("PRAGMA wal_checkpoint(TRUNCATE)"), db.Exec("PRAGMA query_only = ON"), db.Close())
	})
}

// lockFile locks the database file, or fails with a FileError at once.
func lockFile(ctx context.Context, file string) (*sql.DB, error) {
	db, err := sql.Open(sqlDriver, "file:"+escape(file+".lock"))
	if err != nil {
		return nil, fmt.Errorf("lock database %s: %w", file, err)
	}
	// One connection, which the open transaction keeps: BEGIN and the lock belong to it.
	db.SetMaxOpenConns(1)
	if _, err := db.ExecContext(ctx, "BEGIN EXCLUSIVE"); err != nil {
		_ = db.Close()
		if strings.Contains(err.Error(), "database is locked") {
			return nil, &FileError{File: file, Problem: "is in use by another server", Hint: "stop that server, or choose another file"}
		}
		return nil, fmt.Errorf("lock database %s: %w", file, err)
	}
	return db, nil
}
