//go:build !js

package main

import (
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"
)

//go:embed page
var pageFiles embed.FS

// discardLog takes what net/http says about clients that leave in the middle:
// tests do that on purpose.
var discardLog = log.New(io.Discard, "", 0)

// job is a test binary and what the browser needs to run it.
type job struct {
	binary     []byte
	script     []byte // wasm_exec.js
	args       []string
	env        map[string]string
	leftOut    []string // variables without room
	directory  string   // that the tests run in
	worker     bool
	timeout    time.Duration
	cpuProfile string // where to write it, "" for nowhere
	runner     string // origin that the program's output goes to
	token      string // what the page knows and other pages do not

	stdout, stderr io.Writer
	started        chan struct{} // the page is about to run the program
	begin          chan struct{} // closed when it may
	outcome        chan outcome
}

// outcome is how the program ended.
type outcome struct {
	code int
	err  error
	hung bool // the program was still at work
}

// end notes the first outcome.
func (j *job) end(code int, err error) {
	select {
	case j.outcome <- outcome{code: code, err: err}:
	default:
	}
}

func (j *job) handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /{$}", j.file("text/html; charset=utf-8", "page/index.html"))
	mux.Handle("GET /run.js", j.file("text/javascript; charset=utf-8", "page/run.js"))
	mux.Handle("GET /files.js", j.file("text/javascript; charset=utf-8", "page/files.js"))
	mux.Handle("GET /wasm_exec.js", content("text/javascript; charset=utf-8", func() []byte { return j.script }))
	mux.Handle("GET /main.wasm", content("application/wasm", func() []byte { return j.binary }))
	mux.HandleFunc("GET /run.json", j.serveRun)
	// Only who can read run.json, the page itself, knows the token.
	mux.HandleFunc("POST /"+j.token+"/started", j.takeStart)
	mux.HandleFunc("POST /"+j.token+"/output", j.takeOutput)
	mux.HandleFunc("POST /"+j.token+"/exit", j.takeExit)
	mux.HandleFunc("POST /"+j.token+"/fault", j.takeFault)
	mux.Handle("POST /"+j.token+"/file", newFiles())
	newStreams().handle(mux)
	return mux
}

func (j *job) file(contentType, name string) http.Handler {
	file, err := pageFiles.ReadFile(name)
	if err != nil {
		panic(err) // it is embedded
	}
	return content(contentType, func() []byte { return file })
}

func content(contentType string, body func() []byte) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		w.Header().Set("Cache-Control", "no-store")
		w.Write(body())
	})
}

// serveRun tells the page what to run.
func (j *job) serveRun(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	json.NewEncoder(w).Encode(map[string]any{
		"args": j.args, "env": j.env, "directory": j.directory, "user": os.Getuid(),
		"process": os.Getpid(), "parent": os.Getppid(),
		"worker": j.worker, "runner": j.runner + "/" + j.token,
	})
}

// allowPage lets the page, which is of another origin, tell the runner.
func allowPage(w http.ResponseWriter) { w.Header().Set("Access-Control-Allow-Origin", "*") }

// takeStart answers when the program may run: the page waits for that.
func (j *job) takeStart(w http.ResponseWriter, r *http.Request) {
	allowPage(w)
	select {
	case j.started <- struct{}{}:
	default: // only the first one counts
	}
	select {
	case <-j.begin:
	case <-r.Context().Done():
	}
}

func (j *job) takeOutput(w http.ResponseWriter, r *http.Request) {
	allowPage(w)
	to := j.stdout
	if r.URL.Query().Get("fd") == "2" {
		to = j.stderr
	}
	if _, err := io.Copy(to, r.Body); err != nil {
		j.end(codeFailed, fmt.Errorf("passing on the tests' output: %w", err))
	}
}

func (j *job) takeExit(w http.ResponseWriter, r *http.Request) {
	allowPage(w)
	code, err := strconv.Atoi(r.URL.Query().Get("code"))
	if err != nil {
		j.end(codeFailed, fmt.Errorf("reading the exit code: %w", err))
		return
	}
	j.end(code, nil)
}

// takeFault prints an exception that nothing caught. One that the program
// cannot survive ends the run.
func (j *job) takeFault(w http.ResponseWriter, r *http.Request) {
	allowPage(w)
	text, err := io.ReadAll(r.Body)
	if err != nil {
		text = []byte(err.Error())
	}
	message := "uncaught JavaScript exception: " + strings.TrimSpace(string(text))
	if r.URL.Query().Get("fatal") == "true" {
		j.end(codeFault, errors.New(message))
		return
	}
	fmt.Fprintf(j.stderr, "wasmtest: %s\n", message)
}
