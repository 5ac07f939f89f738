//go:build unix && !js

package main

import (
	"bufio"
	"os"
	"os/exec"
	"testing"
	"time"
)

// startVariable makes the test binary a bench that has started a browser.
const startVariable = "RUNNEL_BENCH_STARTS"

func TestMain(m *testing.M) {
	if os.Getenv(startVariable) == "" {
		os.Exit(m.Run())
	}
	b, err := startBrowser("about:blank", nil)
	if err != nil {
		panic(err)
	}
	time.Sleep(time.Second) // it has begun to write into its profile
	os.Stdout.WriteString(b.profile + "\n")
	select {}
}

// TestKill kills a bench that can clean up nothing: its browser ends all the
// same, and its profile is removed.
func TestKill(t *testing.T) {
	shortTemp(t)
	bench := exec.Command(os.Args[0])
	bench.Env = append(os.Environ(), startVariable+"=1")
	output, err := bench.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := bench.Start(); err != nil {
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
	if err := bench.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = bench.Wait() // killed, as it should be
	for range 100 {
		if _, err := os.Stat(profile); os.IsNotExist(err) {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	t.Errorf("%s is still there", profile)
}
