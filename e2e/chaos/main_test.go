//go:build unix

// Package chaos kills what serves events, in full flow, and keeps the books: each
// event that was acknowledged has to reach each reader once and in order, or a gap
// has to name it. Servers and the nodes of a cluster are processes of their own,
// and their end is kill -9.
package chaos

import (
	"flag"
	"fmt"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/runnel-go/runnel/e2e"
	"github.com/runnel-go/runnel/e2e/timescale"
)

// serverVariable makes this test's binary a server.
const serverVariable = "RUNNEL_CHAOS_SERVER"

func TestMain(m *testing.M) {
	if os.Getenv(serverVariable) != "" {
		if err := serve(flag.NewFlagSet("server", flag.ExitOnError), os.Args[1:]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	e2e.Main(m)
}

// longer is how many times as long as usual to go on: "make chaos" sets it.
func longer(t *testing.T) int {
	t.Helper()
	text := os.Getenv("RUNNEL_CHAOS")
	if text == "" {
		return 1
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		t.Fatalf("RUNNEL_CHAOS: want a number, not %q", text)
	}
	return n
}

// patience bounds each wait for a condition.
var patience = timescale.Bound(2 * time.Minute)

// eventually waits for a condition.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for start := time.Now(); !holds(); time.Sleep(time.Millisecond) {
		if time.Since(start) > patience {
			t.Fatalf("waited %v until %s", patience, what)
		}
	}
}
