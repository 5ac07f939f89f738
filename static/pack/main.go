// Pack puts files where the server embeds them, each with its compressed forms
// beside it:
//
//	go run ./static/pack -out static/dist FILE...
//
// FILE becomes dist/FILE, dist/FILE.br (brotli, quality 11) and dist/FILE.gz
// (gzip, level 9). What is current already is left as it is: a compressed form
// is when it unpacks to the very bytes of FILE.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

func main() {
	os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
}

// run returns the exit status: 0, 1 for a failure, 2 for wrong arguments.
func run(args []string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("pack", flag.ContinueOnError)
	flags.SetOutput(stderr)
	out := flags.String("out", "static/dist", "`directory` to put the files into")
	flags.Usage = func() {
		fmt.Fprintln(flags.Output(), "usage: pack [-out directory] FILE...")
		flags.PrintDefaults()
	}
	switch err := flags.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		return 0
	case err != nil:
		return 2
	case flags.NArg() == 0:
		flags.Usage()
		return 2
	}
	p := &packer{out: *out, stdout: stdout, patience: time.Second}
	if err := p.pack(flags.Args()); err != nil {
		fmt.Fprintln(stderr, "pack:", err)
		return 1
	}
	return 0
}

type packer struct {
	out      string
	patience time.Duration // how long something may take before a line tells of it

	mu     sync.Mutex // one line at a time
	stdout io.Writer
}

func (p *packer) printf(format string, args ...any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	fmt.Fprintf(p.stdout, format+"\n", args...)
}

// pack packs all files at the same time and returns the errors of all of them.
func (p *packer) pack(files []string) error {
	if err := checkNames(files); err != nil {
		return err
	}
	if err := os.MkdirAll(p.out, 0o755); err != nil {
		return err
	}
	errs := make([]error, len(files))
	var wait sync.WaitGroup
	for i, file := range files {
		wait.Go(func() { errs[i] = p.packFile(file) })
	}
	wait.Wait()
	return errors.Join(errs...)
}

// checkNames makes sure that no file ends up in another one's place.
func checkNames(files []string) error {
	from := make(map[string]string)
	for _, file := range files {
		outputs := []string{filepath.Base(file)}
		for _, f := range formats {
			outputs = append(outputs, outputs[0]+f.suffix)
		}
		for _, output := range outputs {
			if other, taken := from[output]; taken {
				return fmt.Errorf("%s and %s would both become %s", other, file, output)
			}
			from[output] = file
		}
	}
	return nil
}

// packFile writes what is not current of one file and its compressed forms, and
// then prints their sizes, if there was anything to write.
func (p *packer) packFile(file string) error {
	content, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	target := filepath.Join(p.out, filepath.Base(file))
	wrote, err := keepCurrent(target, content)
	if err != nil {
		return err
	}
	var (
		wait    sync.WaitGroup
		results = make([]result, len(formats))
	)
	for i, f := range formats {
		wait.Go(func() { results[i] = p.packAs(f, target, content) })
	}
	wait.Wait()

	sizes := []string{size(len(content))}
	for i, r := range results {
		if r.err != nil {
			err = errors.Join(err, fmt.Errorf("%s as %s: %w", file, formats[i].name, r.err))
		}
		wrote = wrote || r.wrote
		sizes = append(sizes, formats[i].name+" "+size(r.size))
	}
	if wrote && err == nil {
		p.printf("%s: %s", target, strings.Join(sizes, ", "))
	}
	return err
}

type result struct {
	size  int
	wrote bool
	err   error
}

func (p *packer) packAs(f format, target string, content []byte) result {
	target += f.suffix
	if compressed, err := os.ReadFile(target); err == nil && f.unpacksTo(compressed, content) {
		return result{size: len(compressed)}
	}
	late := time.AfterFunc(p.patience, func() {
		p.printf("%s: compressing %s with %s …", target, size(len(content)), f.name)
	})
	defer late.Stop()
	compressed, err := f.compress(content)
	if err != nil {
		return result{err: err}
	}
	return result{len(compressed), true, replace(target, compressed)}
}

func size(bytes int) string {
	if bytes < 1000 {
		return fmt.Sprintf("%d B", bytes)
	}
	return fmt.Sprintf("%.1f KB", float64(bytes)/1000)
}
