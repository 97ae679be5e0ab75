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

// Binary builds a command of the root module, such as "worker", and returns the file. All packages of tests share it, in
// bin/test/ of the project: one that is up to date is neither compiled nor linked again.
func Binary(name string) (string, error) {
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
	build := exec.Command("go", "build", "-o", file, "./"+name)
	build.Dir = Root
	if said, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build ./%s: %w\n%s", name, err, said)
	}
	// So that go test knows that a result depends on the binary, and does not take a former one for it.
	if _, err := os.Stat(file); err != nil {
		return "", err
	}
	return file, nil
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
