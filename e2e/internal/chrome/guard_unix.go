//go:build unix

package chrome

import (
	"os"
	"os/exec"
	"syscall"
)

// The scripts run a browser, whose profile and command are their arguments, and
// remove the profile once it has ended. So nothing is left by a process that died
// without being able to clean up: a test that panics, a timeout, a kill. The
// signals of a terminal are left to the process that started the browser, and by
// the time of the removal nobody may be there to read what the shell would say.
const (
	// untilPipeCloses is for a browser with a pipe of DevTools commands: it ends
	// by itself when that closes.
	untilPipeCloses = `trap '' INT TERM HUP
profile=$1
shift
"$@"
status=$?
checks=1
` + removeProfile

	// untilStdinEnds is for a browser without one. It is killed when standard
	// input ends, which it does when the process that holds it has ended.
	untilStdinEnds = `profile=$1
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
checks=5
` + removeProfile

	// removeProfile tries again while the browser's last processes still write, those of a
	// browser that was killed for longest: it ends when the profile is away in as many
	// checks in a row as $checks says, and gives up after some minutes.
	removeProfile = `away=0
tries=0
while [ $tries -lt 3000 ]; do
	tries=$((tries + 1))
	rm -rf -- "$profile" 2>/dev/null
	if [ -e "$profile" ]; then
		away=0
	else
		away=$((away + 1))
		[ $away -lt $checks ] || break
	fi
	sleep 0.1
done
exit $status`
)

// guard makes cmd run under one of the scripts, in a process group of its own,
// which kill ends as a whole.
func guard(cmd *exec.Cmd, profile, script string) (kill func() error) {
	cmd.Args = append([]string{"/bin/sh", "-c", script, "sh", profile, cmd.Path}, cmd.Args[1:]...)
	cmd.Path = "/bin/sh"
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	// A killed browser leaves its socket's folder in the temporary directory:
	// let that be the profile, as far as the path is not too long for a socket.
	if len(profile)+socketPath <= maxSocketPath {
		if cmd.Env == nil {
			cmd.Env = os.Environ()
		}
		cmd.Env = append(cmd.Env, "TMPDIR="+profile)
	}
	return func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
}

const (
	// socketPath is how long a path Chromium appends to the temporary
	// directory: a folder with six random characters, and the socket in it.
	socketPath = len("/org.chromium.Chromium.") + 6 + len("/SingletonSocket")
	// maxSocketPath is the least that a system allows, less the final zero.
	maxSocketPath = 103
)
