//go:build unix

package chrome

import (
	"os/exec"
	"syscall"
)

// guardScript runs the browser and removes its profile once it has ended. The
// browser ends by itself when the pipe of DevTools commands closes, so this
// cleans up after a process that died without being able to: a test that
// panics, a timeout, a kill. The signals of a terminal are left to the process
// that started the browser.
const guardScript = `trap '' INT TERM HUP
profile=$1
shift
"$@"
status=$?
for again in 1 2 3 4 5 6 7 8 9 10; do
	rm -rf -- "$profile" 2>/dev/null && break
	sleep 0.1
done
exit $status`

const (
	// socketInTemp is what Chromium appends to the temporary directory.
	socketInTemp = "/org.chromium.Chromium.XXXXXX/SingletonSocket"
	// maxSocketPath is the least that a system allows, less the final zero.
	maxSocketPath = 103
)

// guard makes cmd run under guardScript, in a process group of its own that is
// killed as a whole when cmd's context ends.
func guard(cmd *exec.Cmd, profile string) {
	cmd.Args = append([]string{"/bin/sh", "-c", guardScript, "sh", profile, cmd.Path}, cmd.Args[1:]...)
	cmd.Path = "/bin/sh"
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	// A killed browser leaves its socket's folder in the temporary directory:
	// let that be the profile, as far as the path is not too long for a socket.
	if len(profile)+len(socketInTemp) <= maxSocketPath {
		cmd.Env = append(cmd.Env, "TMPDIR="+profile)
	}
}
