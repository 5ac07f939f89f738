//go:build unix && !js

package main

import (
	"os/exec"
	"syscall"
)

// guardScript runs the browser until that ends or standard input does, which it
// does when the bench has ended in whatever way, and removes its profile. By then
// nobody may be there to read what the shell would say of that.
const guardScript = `profile=$1
shift
exec 3<&0 </dev/null
"$@" 3<&- &
browser=$!
{ read -r end; kill -KILL $browser; } <&3 >/dev/null 2>&1 &
watcher=$!
exec 3<&- 2>/dev/null
wait $browser
status=$?
kill $watcher
for again in 1 2 3 4 5 6 7 8 9 10; do
	rm -rf -- "$profile" 2>/dev/null && break
	sleep 0.1
done
exit $status`

// guard makes cmd run under guardScript, in a process group of its own, so that
// a terminal's interrupt goes to the bench alone. Kill ends the group.
func guard(cmd *exec.Cmd, profile string) (kill func() error) {
	cmd.Args = append([]string{"/bin/sh", "-c", guardScript, "sh", profile, cmd.Path}, cmd.Args[1:]...)
	cmd.Path = "/bin/sh"
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	return func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
}
