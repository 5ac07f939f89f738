//go:build !js

package e2e

import (
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/runnel-go/runnel/e2e/internal/chrome"
)

// results runs tests of a binary in a folder and returns what each printed.
func results(t *testing.T, binary, dir, artifacts string, arguments ...string) map[string]string {
	t.Helper()
	cmd := exec.Command("go", slices.Concat([]string{"tool", "test2json", binary, "-test.v=test2json", "-test.parallel=4"}, arguments)...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), artifactsVariable+"="+artifacts, "TMPDIR="+chrome.TempDir(t))
	output, _ := cmd.CombinedOutput() // the tests tell what failed
	return resultsIn(t, output)
}

// expectResult holds that a test has passed or failed and has printed the parts.
func expectResult(t *testing.T, results map[string]string, name string, fails bool, parts ...string) {
	t.Helper()
	got, verdict := results[name], "--- PASS: "
	if fails {
		verdict = "--- FAIL: "
	}
	for _, part := range append(parts, verdict+name+" ") {
		if !strings.Contains(got, part) {
			t.Errorf("%s: got %q, want it to hold %q", name, got, part)
		}
	}
}

// changeShot lets a stored picture be another.
func changeShot(t *testing.T, file string, change func(stored image.Image) image.Image) {
	t.Helper()
	content, err := encodePNG(change(readPNG(t, file)))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, content, 0o644); err != nil {
		t.Fatal(err)
	}
}

func readPNG(t *testing.T, path string) image.Image {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	shown, err := png.Decode(file)
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return shown
}

// withDot is the picture with a red square, 2 by 2 pixels large, at 60, 30.
func withDot(stored image.Image) image.Image {
	changed := image.NewRGBA(stored.Bounds())
	draw.Draw(changed, changed.Rect, stored, image.Point{}, draw.Src)
	draw.Draw(changed, image.Rect(60, 30, 62, 32), image.NewUniform(color.RGBA{R: 255, A: 255}), image.Point{}, draw.Src)
	return changed
}

// TestShotFailures stores pictures, changes what is stored, and reads what the
// tests print and leave then.
func TestShotFailures(t *testing.T) {
	t.Parallel()
	binary, dir, artifacts := testBinary(t, "pictures"), t.TempDir(), t.TempDir()
	shots := filepath.Join(dir, "testdata", "shots")
	stored := []string{"Same", "SameText", "Differs", "Text", "OtherSize", "Missing", "Broken", "OtherFonts"}

	first := results(t, binary, dir, artifacts, "-test.run=^Test("+strings.Join(stored, "|")+"|Inside)$", "-e2e.update")
	for _, name := range stored {
		expectResult(t, first, "Test"+name, false, ": stored testdata/shots/")
	}

	file := func(name string) string { return filepath.Join(shots, name) }
	right := readPNG(t, file("differs.png"))
	changeShot(t, file("differs.png"), withDot)
	changeShot(t, file("inside.png"), withDot)
	// Another digit, and no more.
	changeShot(t, file("text.png"), func(image.Image) image.Image { return readPNG(t, file("same-text.png")) })
	changeShot(t, file("other-size.png"), func(stored image.Image) image.Image {
		return stored.(interface {
			SubImage(image.Rectangle) image.Image
		}).SubImage(image.Rect(0, 0, 100, 49))
	})
	words, err := os.ReadFile(file("other-fonts.json"))
	if err != nil {
		t.Fatal(err)
	}
	// The hash, with which the line of a font ends.
	otherwise := strings.NewReplacer("\"\n\t}", "x\"\n\t}", `"browser": "`, `"browser": "Older `).Replace(string(words))
	for name, content := range map[string]string{"other-fonts.json": otherwise, "broken.png": "no picture"} {
		if err := os.WriteFile(file(name), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	changeShot(t, file("other-fonts.png"), withDot)
	if err := os.Remove(file("missing.png")); err != nil {
		t.Fatal(err)
	}

	second := results(t, binary, dir, artifacts, "-test.run=Same|Differs|Text|Other|Missing|Broken|Fonts|Keeps|Name|Inside", "-test.skip=Violation")
	expectResult(t, second, "TestSame", false)
	expectResult(t, second, "TestSameText", false)
	expectResult(t, second, "TestDiffers", true,
		"shot differs is not what testdata/shots/differs.png is: 0.08 % of its pixels (4) differ, all within (60,30)-(62,32)",
		"To accept it: go test . -run '^TestDiffers$' -e2e.update")
	for _, kept := range []string{"got", "want", "difference"} {
		path := filepath.Join(artifacts, "TestDiffers", "shot-differs-"+kept+".png")
		expectResult(t, second, "TestDiffers", true, kept+": "+path)
		readPNG(t, path)
	}
	expectResult(t, second, "TestText", true, "shot text is not what")
	expectResult(t, second, "TestInside/of_one_(part)", true, `-run '^TestInside$/^of_one_\(part\)$' -e2e.update`)
	expectResult(t, second, "TestOtherSize", true, "2 % of its pixels (100) differ", "it is 100 by 50 pixels, want 100 by 49")
	expectResult(t, second, "TestMissing", true, "there is no stored picture testdata/shots/missing.png",
		"To store it: go test . -run '^TestMissing$' -e2e.update")
	expectResult(t, second, "TestBroken", true, "testdata/shots/broken.png: png: invalid format")
	expectResult(t, second, "TestOtherFonts", false, "shot other-fonts not compared: it was taken by Older ",
		"draws this font otherwise: normal 400 16px sans-serif", "it was not compared")
	expectResult(t, second, "TestKeepsChanging", true, "the page keeps changing within (")
	expectResult(t, second, "TestBadName", true, `shot "../bad": a name has letters, digits and dashes only`)
	for _, name := range []string{"TestSame", "TestSameText"} {
		if strings.Contains(second[name], "not compared") {
			t.Errorf("%s: got %q, want it compared", name, second[name])
		}
	}
	for _, name := range []string{"TestSame", "TestOtherFonts"} {
		if _, err := os.Stat(filepath.Join(artifacts, name)); !os.IsNotExist(err) {
			t.Errorf("%s has passed and has left something: %v", name, err)
		}
	}

	third := results(t, binary, dir, artifacts, "-test.run=^Test(Same|Differs)$", "-e2e.update")
	expectResult(t, third, "TestSame", false, "testdata/shots/same.png stays as it is")
	expectResult(t, third, "TestDiffers", false, "stored testdata/shots/differs.png")
	if got := readPNG(t, file("differs.png")); !slices.Equal(pixels(got), pixels(right)) {
		t.Error("the picture that was accepted is not what the page looks like")
	}
}

// pixels returns the picture's colours, row by row.
func pixels(shown image.Image) []byte {
	flat := image.NewRGBA(shown.Bounds())
	draw.Draw(flat, flat.Rect, shown, shown.Bounds().Min, draw.Src)
	return flat.Pix
}

// shapes is a page without text: it looks the same with all fonts. What blinks
// and moves on it does so for ever or for an hour.
const shapes = `<!doctype html><title>Shapes</title><link rel="icon" href="data:,">
<style>
	body { margin: 0; background: linear-gradient(to right, white, steelblue); height: 120px }
	div { position: absolute; width: 40px; height: 40px; top: 10px; background: teal }
	#round { left: 60px; border-radius: 50% }
	#turned { left: 120px; rotate: 30deg; background: rgb(200 0 0 / 50%) }
	#endless { top: 70px; left: 10px; animation: move 1s infinite alternate }
	#ending { top: 70px; left: 10px; background: orange; animation: move 3600s forwards }
	#changing { top: 70px; left: 140px; transition: background 3600s }
	#changing.other { background: purple }
	#typed { top: 10px; left: 180px; background: white; outline: none; font-size: 30px }
	@keyframes move { to { left: 80px } }
</style>
<div></div><div id="round"></div><div id="turned"></div><div id="endless"></div><div id="ending"></div>
<div id="changing"></div><div id="typed" contenteditable></div>
<svg style="position: absolute; left: 240px; top: 10px" width="60" height="100"><path d="M0 100q30 -160 60 0" fill="none" stroke="black" stroke-width="3"/></svg>`

// TestShot holds that a page that moves is stopped for its picture, and that
// nothing of that is left.
func TestShot(t *testing.T) {
	t.Parallel()
	page := Serve(t, App{
		Page:   fstest.MapFS{"index.html": {Data: []byte(shapes)}},
		Policy: "default-src 'none'; style-src 'unsafe-inline'; img-src data:",
	}).Open("/")
	page.Viewport(320, 120)
	page.Focus("#typed")
	page.Run(`document.querySelector("#changing").className = "other"`)
	names := Eval[[]string](page, `Object.getOwnPropertyNames(globalThis)`)
	if !page.Shot("shapes") {
		t.Error("got a page without text that is not compared, want it compared")
	}
	if after := Eval[[]string](page, `Object.getOwnPropertyNames(globalThis)`); !slices.Equal(after, names) {
		t.Errorf("got the globals %q, want %q", after, names)
	}
	page.WaitExpression(`document.adoptedStyleSheets.length === 0`)
	page.WaitExpression(`document.getAnimations().some(a => a.effect.target.id === "endless" && a.playState === "running")`)
	if !page.Shot("shapes") {
		t.Error("got a second picture that is not compared, want it compared")
	}
}

// TestFontsInUse holds that what a picture is bound to are the fonts of the text
// that is shown, and that each is drawn in its way.
func TestFontsInUse(t *testing.T) {
	t.Parallel()
	page := Serve(t, App{Page: fstest.MapFS{"index.html": {Data: []byte(`<!doctype html><title>Fonts</title>
		<link rel="icon" href="data:,"><style>* { font: 12px serif } i { font: italic 700 20px monospace }</style>
		<p>Text <i>and more</i> <b style="font-weight: 900; display: none">and what is hidden</b></p>
		<div style="font-weight: 100"></div><select style="font: 300 10px cursive"></select><span></span>
		<script>document.querySelector("span").attachShadow({mode: "open"}).innerHTML =
			"<p style='font: 500 10px sans-serif'>inside</p>"</script>`)}}}).Open("/")
	got := page.fontsInUse()
	slices.Sort(got)
	want := []string{"italic 700 16px monospace", "normal 300 16px cursive", "normal 400 16px serif", "normal 500 16px sans-serif"}
	if !slices.Equal(got, want) {
		t.Fatalf("got %q, want %q", got, want)
	}
	first, again := page.taking(want), page.taking(want)
	if !first.equal(again) {
		t.Errorf("got %v, then %v, want the same", first, again)
	}
	if first.Fonts[want[0]] == first.Fonts[want[2]] {
		t.Errorf("got %v, want monospace and serif drawn in two ways", first.Fonts)
	}
	first.Fonts[want[2]] = "otherwise"
	if got := page.drawnOtherwise(first); got != want[2] {
		t.Errorf("got the font %q drawn otherwise, want %q", got, want[2])
	}
}
