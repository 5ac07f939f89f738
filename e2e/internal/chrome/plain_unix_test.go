//go:build unix && !js

package chrome

import (
	"bufio"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/runnel-go/runnel/e2e/timescale"
)

// startVariable makes the test binary a process that has started a plain browser.
const startVariable = "RUNNEL_CHROME_STARTS"

func TestMain(m *testing.M) {
	if os.Getenv(startVariable) == "" {
		os.Exit(m.Run())
	}
	b, err := StartPlain("about:blank", nil)
	if err != nil {
		panic(err)
	}
	for { // until it has begun to write into its profile
		if written, err := os.ReadDir(b.profile); err == nil && len(written) > 0 {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	os.Stdout.WriteString(b.profile + "\n")
	select {}
}

// TestKill kills a process that can clean up nothing: its plain browser ends all the
// same, and its profile is removed.
func TestKill(t *testing.T) {
	t.Setenv("TMPDIR", TempDir(t))
	owner := exec.Command(os.Args[0])
	owner.Env = append(os.Environ(), startVariable+"=1")
	output, err := owner.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := owner.Start(); err != nil {
		t.Fatal(err)
	}
	line := bufio.NewScanner(output)
	if !line.Scan() {
		t.Fatal("it has not started a browser")
	}
	profile := line.Text()
	if _, err := os.Stat(profile); err != nil {
		t.Fatal(err)
	}
	if err := owner.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = owner.Wait() // killed, as it should be
	for start := time.Now(); ; time.Sleep(10 * time.Millisecond) {
		if _, err := os.Stat(profile); os.IsNotExist(err) {
			return
		}
		if time.Since(start) > timescale.Bound(time.Minute) {
			t.Fatalf("%s is still there", profile)
		}
	}
}
