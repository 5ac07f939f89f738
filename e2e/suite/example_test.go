//go:build !js

package suite

import (
	"os"
	"strings"
	"testing"

	"github.com/runnel-go/runnel/e2e"
)

// TestExample runs the frontend that the README shows.
func TestExample(t *testing.T) {
	t.Parallel()
	site := e2e.Serve(t, e2e.App{
		Program: "../../wasm/example",
		Page:    os.DirFS("../../wasm/example"),
		Policy:  e2e.DefaultPolicy,
	})
	page := site.Open("/")
	conn := site.Stream("/events").Accept(t.Context())
	conn.Raw("event: price\ndata: {\"Symbol\":\"RUNL\",\"Bid\":1.5,\"Ask\":1.75}\n\n")
	page.WaitText("#quote", "RUNL 1.50 – 1.75")
	conn.Raw("event: price\ndata: {\"Symbol\":\n\n")
	page.WaitConsole(`decode event "price"`)
	conn.Raw("event: price\ndata: {\"Symbol\":\"RUNL\",\"Bid\":2,\"Ask\":3}\n\n")
	page.WaitText("#quote", "RUNL 2.00 – 3.00")
}

// TestReadme holds that the README shows the example as it is.
func TestReadme(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{"main.go", "index.html", "start.js"} {
		source, err := os.ReadFile("../../wasm/example/" + file)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(readme), strings.TrimSpace(string(source))) {
			t.Errorf("README.md does not show wasm/example/%s as it is", file)
		}
	}
}
