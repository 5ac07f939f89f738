//go:build !unix && !js

package chrome

import "os/exec"

// There is no shell to watch over the browser.
const untilPipeCloses, untilStdinEnds = "", ""

func guard(cmd *exec.Cmd, _, _ string) (kill func() error) {
	return func() error { return cmd.Process.Kill() }
}
