//go:build !js

package e2e

import (
	"fmt"
	"regexp"
	"strings"
)

// maxPlaces bounds how many goroutines the report of a death lists.
const maxPlaces = 20

// stackHead matches the first line of a goroutine's stack. The group is what the
// goroutine does.
var stackHead = regexp.MustCompile(`^goroutine \d+ .*\[(.+)\]:$`)

// placesOf returns the lines of the program's own code that a death is about, one a
// line: those in which all goroutines are blocked, or else that of the first one. Death is what the Go runtime has printed. The result is ""
// if no such line is known.
func placesOf(death string) string {
	blocked := strings.HasPrefix(goDied.FindString(death), "fatal error: all goroutines are asleep")
	var places []string
	for stack := range strings.SplitSeq(death, "\n\n") {
		head, frames, _ := strings.Cut(strings.Trim(stack, "\n"), "\n")
		state := stackHead.FindStringSubmatch(head)
		if state == nil {
			continue
		}
		if place := ownPlace(frames); place != "" {
			places = append(places, place+" ["+state[1]+"]")
		}
		if !blocked && len(places) > 0 {
			break
		}
	}
	if len(places) == 0 {
		return ""
	}
	if left := len(places) - maxPlaces; left > 0 {
		places = append(places[:maxPlaces], fmt.Sprintf("... %d goroutines left out ...", left))
	}
	what := "at:"
	if blocked {
		what = "blocked at:"
	}
	return "\n" + what + "\n\t" + strings.Join(places, "\n\t")
}

// ownPlace returns the innermost line in the frames of a goroutine that belongs to the
// program, as "file:line: function". Code of the standard library and of modules from
// the module cache does not belong to it. A line of Runnel's own packages counts if
// there is no other.
func ownPlace(frames string) string {
	lines := strings.Split(frames, "\n")
	ofRunnel := ""
	for i := 0; i+1 < len(lines); i += 2 {
		function, file := lines[i], strings.TrimPrefix(lines[i+1], "\t")
		if strings.HasPrefix(function, "created by ") || file == lines[i+1] {
			break
		}
		if arguments := strings.LastIndexByte(function, '('); arguments > 0 {
			function = function[:arguments]
		}
		file, _, _ = strings.Cut(file, " +0x")
		if foreign(function, file) {
			continue
		}
		place := file + ": " + function
		if !runnelPackages.MatchString(function) {
			return place
		}
		if ofRunnel == "" {
			ofRunnel = place
		}
	}
	return ofRunnel
}

// runnelPackages matches the functions of the packages that a frontend is built with.
var runnelPackages = regexp.MustCompile(`^github\.com/runnel-go/runnel/(jsbridge|wasm/(codec|eventsource|eventstream))\.`)

// foreign reports whether a function is of the standard library or of a module in the
// module cache, which is also where the go command keeps other versions of itself.
func foreign(function, file string) bool {
	return strings.Contains(file, "/pkg/mod/") || strings.Contains(file, "@v") || standard(function, file)
}

// standard reports whether a function is of the standard library: its package path has
// no dot in the first element, and its file is below src, or named by the package path
// if it was built with -trimpath. The built-in function panic is one, too.
func standard(function, file string) bool {
	folder, name := "", function
	if slash := strings.LastIndexByte(function, '/'); slash >= 0 {
		folder, name = function[:slash+1], function[slash+1:]
	}
	name, _, _ = strings.Cut(name, ".")
	pkg := folder + name
	if first, _, _ := strings.Cut(pkg, "/"); pkg == "main" || strings.Contains(first, ".") {
		return false
	}
	return pkg == "panic" || strings.HasPrefix(file, pkg+"/") || strings.Contains(file, "/src/"+pkg+"/")
}
