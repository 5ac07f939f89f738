//go:build !unix && !js

package main

import "os/exec"

// guard does nothing where there is no shell to watch over the browser.
func guard(cmd *exec.Cmd, _ string) (kill func() error) {
	return func() error { return cmd.Process.Kill() }
}
