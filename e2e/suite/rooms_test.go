//go:build !js

package suite

import (
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/runnel-go/runnel"

// list runs go list for js/wasm or for this machine.
func list(t *testing.T, wasm bool, args ...string) []string {
	t.Helper()
	command := exec.CommandContext(t.Context(), "go", append([]string{"list"}, args...)...)
	command.Dir = "../.."
	command.Env = os.Environ()
	if wasm {
		command.Env = append(command.Env, "GOOS=js", "GOARCH=wasm")
	}
	output, err := command.Output()
	if err != nil {
		t.Fatalf("go list %v: %v", args, err)
	}
	return strings.Fields(string(output))
}

// TestTopLevel holds that the top of the repository is what the plan says.
func TestTopLevel(t *testing.T) {
	command := exec.CommandContext(t.Context(), "git", "ls-files")
	command.Dir = "../.."
	output, err := command.Output()
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, file := range strings.Fields(string(output)) {
		top, _, _ := strings.Cut(file, "/")
		if !strings.HasPrefix(top, ".") && !slices.Contains(got, top) {
			got = append(got, top)
		}
	}
	slices.Sort(got)
	want := []string{"LICENSE", "Makefile", "README.md", "e2e", "go.mod", "go.sum", "jsbridge", "server", "static", "wasm"}
	expect(t, "top level", got, want)
}

// TestOnlyTheBridgeTouchesJavaScript holds that for every package, tests
// included. What is under it is a program that Runnel is measured against.
func TestOnlyTheBridgeTouchesJavaScript(t *testing.T) {
	const format = `{{$p := .ImportPath}}{{range .Imports}}{{$p}}={{.}} {{end}}{{range .TestImports}}{{$p}}={{.}} {{end}}{{range .XTestImports}}{{$p}}={{.}} {{end}}`
	for _, wasm := range []bool{true, false} {
		for _, pair := range list(t, wasm, "-e", "-f", format, "./...") {
			from, to, _ := strings.Cut(pair, "=")
			if from != module+"/jsbridge" && !strings.HasPrefix(from, module+"/jsbridge/") && (to == "syscall/js" || strings.HasPrefix(to, "github.com/hack-pad/safejs")) {
				t.Errorf("%s imports %s", from, to)
			}
		}
	}
}

// TestWasmHasNoServer holds that nothing built for js/wasm brings net/http, NATS
// or the server along.
func TestWasmHasNoServer(t *testing.T) {
	for _, program := range []string{"./wasm/...", "./jsbridge"} {
		for _, dependency := range list(t, true, "-deps", program) {
			if dependency == "net/http" || strings.HasPrefix(dependency, module+"/server") || strings.Contains(dependency, "/nats") {
				t.Errorf("%s depends on %s", program, dependency)
			}
		}
	}
}

// TestFeedsInMemoryHaveNoNATS holds that who keeps events in memory does not link
// NATS either.
func TestFeedsInMemoryHaveNoNATS(t *testing.T) {
	for _, dependency := range list(t, false, "-deps", "./server") {
		if strings.Contains(dependency, "/nats") {
			t.Errorf("the server depends on %s", dependency)
		}
	}
}

// TestFormatIsPlain holds that the format and the codecs use the standard
// library only.
func TestFormatIsPlain(t *testing.T) {
	for _, dependency := range list(t, false, "-deps", "./wasm/eventstream", "./wasm/codec") {
		first, _, _ := strings.Cut(dependency, "/")
		if strings.Contains(first, ".") && !strings.HasPrefix(dependency, module+"/wasm/") {
			t.Errorf("the format depends on %s", dependency)
		}
	}
}
