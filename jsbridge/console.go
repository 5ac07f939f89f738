//go:build js && wasm

package jsbridge

// Warn writes a warning to the console of the page or worker. It does nothing if
// there is no console.
func Warn(message string) {
	if console, err := global("console"); err == nil {
		_, _ = console.Call("warn", message)
	}
}
