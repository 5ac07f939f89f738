// Package dying holds tests whose process ends in the middle of one.
package dying

import (
	"fmt"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/runnel-go/runnel/e2e"
)

// TestMain does without e2e.Main if the command line says so.
func TestMain(m *testing.M) {
	if slices.Contains(os.Args, "without-main") {
		os.Exit(m.Run())
	}
	e2e.Main(m)
}

func open(t *testing.T) {
	e2e.Serve(t, e2e.App{Program: "../hello"}).Open("/").WaitText("#program", "exited with code 0")
	fmt.Println("opened")
}

func TestPanics(t *testing.T) {
	open(t)
	panic("on purpose")
}

func TestPanicsElsewhere(t *testing.T) {
	open(t)
	go panic("on purpose")
	select {}
}

func TestExits(t *testing.T) {
	open(t)
	os.Exit(5)
}

func TestWaits(t *testing.T) {
	open(t)
	time.Sleep(time.Hour)
}
