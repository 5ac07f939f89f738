package jetstream

import (
	"flag"
	"fmt"
	"os"
	"runtime"
	"testing"
	"time"

	"github.com/runnel-go/runnel/e2e/timescale"
)

// TestMain fails if the tests leave goroutines behind. In a process that a
// test has started it does that test's part instead.
func TestMain(m *testing.M) {
	if part := os.Getenv(partVariable); part != "" {
		parts[part]()
		return
	}
	before := runtime.NumGoroutine()
	status := m.Run()
	if flag.Lookup("test.fuzz").Value.String() != "" {
		os.Exit(status) // the fuzzing engine keeps goroutines of its own
	}
	// A goroutine that has been told to end needs a moment to be gone.
	for deadline := time.Now().Add(timescale.Bound(time.Minute)); runtime.NumGoroutine() > before; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			stacks := make([]byte, 1<<20)
			fmt.Fprintf(os.Stderr, "goroutines: got %d, want %d\n%s\n",
				runtime.NumGoroutine(), before, stacks[:runtime.Stack(stacks, true)])
			os.Exit(1)
		}
	}
	os.Exit(status)
}
