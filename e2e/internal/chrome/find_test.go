//go:build !js

package chrome

import (
	"errors"
	"os/exec"
	"strings"
	"testing"
)

// installed is a lookPath that finds these programs alone.
func installed(programs ...string) func(string) (string, error) {
	return func(name string) (string, error) {
		for _, program := range programs {
			if program == name {
				return "/found/" + name, nil
			}
		}
		return "", exec.ErrNotFound
	}
}

func TestFind(t *testing.T) {
	tests := []struct {
		name, named string
		installed   []string
		want        string
	}{
		{"Chrome before Chromium", "", []string{"chromium", "google-chrome"}, "/found/google-chrome"},
		{"Chromium", "", []string{"chromium-browser"}, "/found/chromium-browser"},
		{"headless-shell", "", []string{"headless-shell"}, "/found/headless-shell"},
		{"Edge last", "", []string{"microsoft-edge", "headless-shell"}, "/found/headless-shell"},
		{"the one that is named", "mine", []string{"google-chrome", "mine"}, "/found/mine"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := find(test.named, installed(test.installed...))
			if err != nil || got != test.want {
				t.Errorf("got %q, %v, want %q", got, err, test.want)
			}
		})
	}
}

func TestFindSaysWhatItLookedFor(t *testing.T) {
	_, err := find("", installed())
	if !errors.Is(err, ErrNotFound) {
		t.Fatalf("got %v, want ErrNotFound", err)
	}
	for _, name := range append([]string{"CHROME", "install"}, names...) {
		if !strings.Contains(err.Error(), name) {
			t.Errorf("got %q, want it to name %s", err, name)
		}
	}
	// What is named is not replaced by another one.
	_, err = find("/mine", installed("google-chrome"))
	if !errors.Is(err, exec.ErrNotFound) || !strings.Contains(err.Error(), "CHROME") {
		t.Errorf("got %v, want that what CHROME names is not there", err)
	}
}
