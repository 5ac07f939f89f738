//go:build !unix && !js

package chrome

import "os/exec"

// guard does nothing where there is no shell to watch over the browser.
func guard(*exec.Cmd, string) {}
