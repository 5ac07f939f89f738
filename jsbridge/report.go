//go:build js && wasm

package jsbridge

import (
	"encoding/json"
	"fmt"

	"github.com/hack-pad/safejs"
)

// Report tells a test harness something: in a page it appends the JSON text
// {"name": name, "value": value} to the global array "reports", which the
// harness has put there; in a worker it posts the message {report: text} to the
// page. It returns an error where the value has no JSON or nobody is there to
// be told.
func Report(name string, value any) error {
	text, err := json.Marshal(struct {
		Name  string `json:"name"`
		Value any    `json:"value"`
	}{name, value})
	if err != nil {
		return fmt.Errorf("jsbridge: report %q: %w", name, err)
	}
	reports, err := safejs.Global().Get("reports")
	if err != nil {
		return fromThrown(err)
	}
	if reports.Type() == safejs.TypeObject {
		_, err = reports.Call("push", string(text))
		return fromThrown(err)
	}
	if _, err := global("document"); err == nil {
		return fmt.Errorf("jsbridge: report %q: the page has no global array \"reports\"", name)
	}
	_, err = safejs.Global().Call("postMessage", map[string]any{"report": string(text)})
	return fromThrown(err)
}
