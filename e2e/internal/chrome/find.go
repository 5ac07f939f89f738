//go:build !js

// Package chrome finds and runs the one headless browser that a test binary or
// the wasm test runner works with.
package chrome

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
)

// Variable is the environment variable that names the browser to use: a path,
// or a name to be found in PATH.
const Variable = "CHROME"

// ErrNotFound says that no browser is installed where [Find] looks.
var ErrNotFound = errors.New("no Chrome, Chromium or Edge found")

// names are tried in this order: first in PATH, where a bare name is looked
// up, then as they stand.
var names = []string{
	"google-chrome",
	"google-chrome-stable",
	"chromium",
	"chromium-browser",
	"headless-shell",
	"headless_shell",
	"chromium-headless-shell",
	"microsoft-edge",
	"microsoft-edge-stable",
	"/usr/bin/google-chrome",
	"/usr/bin/chromium",
	"/usr/lib/chromium/chromium",
	"/opt/google/chrome/chrome",
	"/headless-shell/headless-shell",
	"/snap/bin/chromium",
	"/opt/microsoft/msedge/msedge",
	"/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
	"/Applications/Chromium.app/Contents/MacOS/Chromium",
	"/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
	`C:\Program Files\Google\Chrome\Application\chrome.exe`,
	`C:\Program Files (x86)\Google\Chrome\Application\chrome.exe`,
	`C:\Program Files (x86)\Microsoft\Edge\Application\msedge.exe`,
	`C:\Program Files\Microsoft\Edge\Application\msedge.exe`,
}

// Find returns the path of the browser that the environment variable CHROME
// names, or else of the first installed one of Google Chrome, Chromium,
// headless-shell and Edge. Its error names everything that was looked for; it
// wraps [ErrNotFound] unless CHROME names something that cannot be run.
func Find() (string, error) {
	return find(os.Getenv(Variable), exec.LookPath)
}

func find(named string, lookPath func(string) (string, error)) (string, error) {
	if named != "" {
		path, err := lookPath(named)
		if err != nil {
			return "", fmt.Errorf("browser named by %s: %w", Variable, err)
		}
		return path, nil
	}
	for _, name := range names {
		if path, err := lookPath(name); err == nil {
			return path, nil
		}
	}
	return "", fmt.Errorf("%w: set %s to the path of one, or install one "+
		"(Debian, Ubuntu: apt-get install chromium); looked for %s in PATH and at these places",
		ErrNotFound, Variable, strings.Join(names, ", "))
}
