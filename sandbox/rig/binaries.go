package rig

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
)

// Root is the folder of the root module, seen from each package of tests.
const Root = "../.."

// Binary builds a command of the root module, such as "worker", and returns the file.
func Binary(name string) (string, error) { return build(Root, name, "./"+name) }

// Tool builds a command of another module, with the versions of the sandbox, and returns the file.
func Tool(name, pkg string) (string, error) { return build(".", name, pkg) }

// build builds into bin/test/ of the project, which all packages of tests share: what is up to date is neither compiled nor
// linked again.
func build(folder, name, pkg string) (string, error) {
	dir, err := filepath.Abs(filepath.Join(Root, "bin", "test"))
	if err != nil {
		return "", err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	unlock, err := lock(filepath.Join(dir, ".lock"))
	if err != nil {
		return "", err
	}
	defer unlock()
	file := filepath.Join(dir, name)
	command := exec.Command("go", "build", "-o", file, pkg)
	command.Dir = folder
	if said, err := command.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build %s: %w\n%s", pkg, err, said)
	}
	// So that go test knows that a result depends on the binary, and does not take a former one for it.
	_, err = os.Stat(file)
	return file, err
}

// lock keeps packages of tests that run side by side from building the same file at once.
func lock(name string) (unlock func(), err error) {
	file, err := os.OpenFile(name, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX); err != nil {
		_ = file.Close()
		return nil, fmt.Errorf("lock %s: %w", name, err)
	}
	return func() { _ = file.Close() }, nil
}
