//go:build !js

package e2e

import (
	"os"
	"os/exec"
	"strings"
	"testing"
)

// TestStreamFailures runs tests of streams and networks that must fail, and reads
// what they print.
func TestStreamFailures(t *testing.T) {
	t.Parallel()
	want := map[string][]string{
		"TestOtherRequest": {
			"waiting for a request to /events: nothing within 200ms",
			`attempt 1: got Last-Event-ID "6", want 7`, `attempt 2: got Last-Event-ID "8", want 7`,
			`requests that came:`, `GET /events?a=b (Last-Event-ID "6")`,
		},
		"TestContextEnds":     {"waiting for a request to /events: had enough"},
		"TestNoJSON":          {`stream /events, attempt 1: encoding a "numbers" event: json: unsupported type: chan int`},
		"TestBadID":           {`id "1\n2" holds a line break`},
		"TestNoRetry":         {"stream /events, attempt 1: reconnection time 0s: it must be above zero"},
		"TestNegativeLatency": {"network: latency of -1s ± 0s: it must be from zero to 200ms"},
		"TestNoBandwidth":     {"network: bandwidth of 0 bytes a second: it must be above zero"},
		"TestUnevenSlices":    {"network: slices of 5 ± 5 bytes: the variation must be less than the size"},
		"TestNegativeTimeout": {"network: timeout after -1ns: it may not be below zero"},
		"TestStalled":         {"network: adding latency: a client has not read on within 200ms"},
	}
	cmd := exec.Command("go", "tool", "test2json", testBinary(t, "streams"), "-test.v=test2json")
	cmd.Env = append(os.Environ(), artifactsVariable+"="+t.TempDir())
	output, err := cmd.CombinedOutput()
	if err == nil {
		t.Error("the tests pass")
	}
	results := resultsIn(t, output)
	for name, parts := range want {
		got := results[name]
		for _, part := range append(parts, "--- FAIL: "+name+" ") {
			if !strings.Contains(got, part) {
				t.Errorf("%s: got %q, want it to hold %q", name, got, part)
			}
		}
	}
	if got := results["TestStalled"]; strings.Contains(got, "still there") {
		t.Errorf("got %q, want the network closed nevertheless", got)
	}
	if len(results) != len(want) {
		t.Errorf("got %d results, want %d", len(results), len(want))
	}
}
