//go:build !js

package e2e

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"image"
	"image/png"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/runnel-go/runnel/e2e/internal/picture"
)

// update has [Page.Shot] store pictures instead of comparing with them.
var update = flag.Bool("e2e.update", false, "store the pictures that e2e's Page.Shot compares with")

// shotDir is where the stored pictures are, from the test's working directory.
const shotDir = "testdata/shots"

var shotName = regexp.MustCompile(`^[A-Za-z0-9-]+$`)

// Shot compares the viewport with the stored picture testdata/shots/NAME.png
// and fails the test, which goes on, where they differ. The path begins in the
// test's working directory, which go test makes that of its package. A name has
// letters, digits and dashes.
//
// The pictures have to be of one size, and no pixel may differ. One does when
// its colours are further apart than a tenth of the distance of black and white,
// by the measure of Kotsarenko and Ramos (2010), unless it smooths an edge (by
// that of Vyšniauskas, 2009). A failure tells the share of the pixels that differ
// and the box around them, saves what the page looks like, what was stored and a
// picture of the difference, and says how to accept it: with the flag
// -e2e.update of the test binary, Shot stores the picture instead, and says so in
// the test's log. A picture that is not stored yet fails the test.
//
// The picture is taken once the page's fonts are loaded and two in a row are
// equal, which they have to be within the site's timeout. For it the caret is
// hidden, animations and transitions with an end are brought to it, and endless
// ones stand at their beginning. What scripts move frame by frame is not stopped:
// see [Page.ReducedMotion]. A test sets the size by [Page.Viewport] and waits for
// what is to be seen.
//
// Text looks different where other fonts are installed, or fonts are drawn in
// another way. So NAME.json, stored beside the picture, has a hash of how each
// font of the page's text draws a line of letters, digits and signs. Where one of
// them has another hash now, Shot does not compare, says so in the test's log,
// which go test shows with -v or -json, and returns false. A page without text
// is compared everywhere. For a test that is to be nothing without the picture:
//
//	if !page.Shot("chart") {
//		t.Skip("the picture was taken with other fonts")
//	}
func (p *Page) Shot(name string) (compared bool) {
	p.site.t.Helper()
	if !shotName.MatchString(name) {
		p.fatalf("shot %q: a name has letters, digits and dashes only", name)
	}
	shot := storedShot{name}
	got := p.settled(name)
	want, taken, err := shot.read()
	if *update {
		p.storeShot(shot, got, want, taken)
		return true
	}
	if err != nil {
		p.site.t.Errorf("e2e: page %d: shot %s: %v\n\tTo store it: %s", p.number, name, err, updateCommand(p.site.t.Name()))
		return false
	}
	if odd := p.drawnOtherwise(taken); odd != "" {
		p.site.t.Logf("e2e: page %d: shot %s not compared: it was taken by %s, and %s draws this font otherwise: %s",
			p.number, name, taken.by(), p.taking(nil).by(), odd)
		return false
	}
	p.compareShot(shot, got, want, taken)
	return true
}

// compareShot fails the test when the pictures differ.
func (p *Page) compareShot(shot storedShot, got, want image.Image, taken taking) {
	p.site.t.Helper()
	d := picture.Compare(got, want)
	if d.None() {
		return
	}
	var b strings.Builder
	fmt.Fprintf(&b, "e2e: page %d: shot %s is not what %s is: %s", p.number, shot.name, shot.file(".png"), differs(d))
	for _, kept := range []struct {
		what    string
		picture image.Image
	}{{"got", got}, {"want", want}, {"difference", d.Shown}} {
		path, err := p.saveShot(shot.name+"-"+kept.what+".png", kept.picture)
		if err != nil {
			path = err.Error()
		}
		fmt.Fprintf(&b, "\n\t%s: %s", kept.what, path)
	}
	if here := p.taking(nil); here.by() != taken.by() {
		fmt.Fprintf(&b, "\n\tstored by %s, this is %s", taken.by(), here.by())
	}
	fmt.Fprintf(&b, "\n\tTo accept it: %s", updateCommand(p.site.t.Name()))
	p.site.t.Error(b.String())
}

// differs tells a difference in words.
func differs(d picture.Difference) string {
	words := fmt.Sprintf("%.3g %% of its pixels (%d) differ, all within %v", d.Share()*100, d.Pixels, d.Box)
	if d.Got != d.Want {
		words += fmt.Sprintf("; it is %d by %d pixels, want %d by %d", d.Got.X, d.Got.Y, d.Want.X, d.Want.Y)
	}
	return words
}

func (p *Page) saveShot(name string, shown image.Image) (string, error) {
	content, err := encodePNG(shown)
	if err != nil {
		return "", err
	}
	return saveArtifact(p.site.t, p.fileName("shot-"+name), content)
}

func encodePNG(shown image.Image) ([]byte, error) {
	var b bytes.Buffer
	err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&b, shown)
	return b.Bytes(), err
}

// updateCommand is what accepts the pictures of the test of that name.
func updateCommand(test string) string {
	parts := strings.Split(test, "/")
	for i, part := range parts {
		parts[i] = "^" + regexp.QuoteMeta(part) + "$"
	}
	return fmt.Sprintf("go test %s -run '%s' -e2e.update", packagePath(), strings.Join(parts, "/"))
}

// packagePath is the test's package as go test takes it in the module's root.
func packagePath() string {
	dir, err := os.Getwd()
	if err != nil {
		return "."
	}
	path, err := filepath.Rel(moduleRoot(), dir)
	if err != nil || path == "." {
		return "."
	}
	return "./" + filepath.ToSlash(path)
}

// storedShot is a picture in [shotDir] and what it was taken with.
type storedShot struct{ name string }

func (s storedShot) file(extension string) string {
	return filepath.Join(filepath.FromSlash(shotDir), s.name+extension)
}

// read returns an error that names the file when something is missing or broken.
func (s storedShot) read() (image.Image, taking, error) {
	var taken taking
	content, err := os.ReadFile(s.file(".png"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, taken, fmt.Errorf("there is no stored picture %s", s.file(".png"))
	}
	if err != nil {
		return nil, taken, err
	}
	stored, err := png.Decode(bytes.NewReader(content))
	if err != nil {
		return nil, taken, fmt.Errorf("%s: %w", s.file(".png"), err)
	}
	if content, err = os.ReadFile(s.file(".json")); err != nil {
		return nil, taken, err
	}
	if err := json.Unmarshal(content, &taken); err != nil {
		return nil, taken, fmt.Errorf("%s: %w", s.file(".json"), err)
	}
	return stored, taken, nil
}

// write stores a picture and what it was taken with.
func (s storedShot) write(shown image.Image, by taking) error {
	content, err := encodePNG(shown)
	if err != nil {
		return err
	}
	words, err := json.MarshalIndent(by, "", "\t")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.FromSlash(shotDir), 0o755); err != nil {
		return err
	}
	return errors.Join(
		os.WriteFile(s.file(".png"), content, 0o644),
		os.WriteFile(s.file(".json"), append(words, '\n'), 0o644))
}

// storeShot stores the picture, unless it is stored as it is. want is nil when
// none is.
func (p *Page) storeShot(shot storedShot, got, want image.Image, taken taking) {
	p.site.t.Helper()
	now := p.taking(p.fontsInUse())
	if want != nil && now.equal(taken) {
		if d := picture.Compare(got, want); d.None() {
			p.site.t.Logf("e2e: page %d: shot %s: %s stays as it is", p.number, shot.name, shot.file(".png"))
			return
		}
	}
	if err := shot.write(got, now); err != nil {
		p.fatalf("storing shot %s: %v", shot.name, err)
	}
	p.site.t.Logf("e2e: page %d: shot %s: stored %s", p.number, shot.name, shot.file(".png"))
}
