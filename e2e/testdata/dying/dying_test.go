// Package dying holds tests whose process ends in the middle of one.
package dying

import (
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/runnel-go/runnel/e2e"
)

func TestMain(m *testing.M) { e2e.Main(m) }

func open(t *testing.T) {
	e2e.Serve(t, e2e.App{Program: "../hello"}).Open("/").WaitText("#program", "exited with code 0")
	fmt.Println("opened")
}

func TestPanics(t *testing.T) {
	open(t)
	panic("on purpose")
}

func TestExits(t *testing.T) {
	open(t)
	os.Exit(5)
}

func TestWaits(t *testing.T) {
	open(t)
	time.Sleep(time.Hour)
}
