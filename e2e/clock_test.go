//go:build !js

package e2e

import (
	"testing"
	"time"
)

func TestAdvanceClock(t *testing.T) {
	t.Parallel()
	page := Serve(t, App{Page: scripted("", `
		globalThis.before = new Date();
		globalThis.start = performance.now();`)}).Open("/")
	page.AdvanceClock(time.Hour)
	page.AdvanceClock(24 * time.Hour)
	for name, expression := range map[string]string{
		"new Date":            `Math.abs(new Date() - before - 25 * 3600e3) < 1800e3`,
		"Date.now":            `Math.abs(Date.now() - before - 25 * 3600e3) < 1800e3`,
		"Date as a function":  `Math.abs(new Date(Date()) - before - 25 * 3600e3) < 1800e3`,
		"a given date":        `new Date(0).getTime() === 0 && new Date("1970-01-01T00:00:01Z").getTime() === 1000 && Date.UTC(1970, 0) === 0`,
		"an older date":       `before instanceof Date && before.constructor === Date`,
		"a class of its own":  `new (class extends Date { twice() { return 2 * this } })(3).twice() === 6`,
		"performance.now":     `performance.now() - start < 1800e3`,
		"the test's own page": `Object.keys(Date).length === 0`,
	} {
		if !Eval[bool](page, expression) {
			t.Errorf("%s: got false from %s", name, expression)
		}
	}
	page.Reload()
	if !Eval[bool](page, `Math.abs(Date.now() - `+quote(time.Now().UnixMilli())+`) < 1800e3`) {
		t.Error("the clock is still ahead in another document")
	}
}
