//go:build !js

// Chromepath prints the path of the browser that the tests would use, the one
// that CHROME names or the first one installed, or fails and says what it
// looked for.
package main

import (
	"fmt"
	"os"

	"github.com/runnel-go/runnel/e2e/internal/chrome"
)

func main() {
	path, err := chrome.Find()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println(path)
}
