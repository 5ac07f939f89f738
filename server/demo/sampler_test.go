package demo

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/shirou/gopsutil/v4/cpu"
	"github.com/shirou/gopsutil/v4/disk"

	"github.com/runnel-go/runnel/e2e/timescale"
	"github.com/runnel-go/runnel/server"
	"github.com/runnel-go/runnel/wasm/demo/feed"
)

// lockedBuffer is a log that is read while it may be written.
type lockedBuffer struct {
	mu      sync.Mutex
	written bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.written.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.written.String()
}

func TestFailingSourceIsToldOnceAndLeftOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stream := server.New(nil)
		defer stream.Close()
		var log lockedBuffer
		ctx, cancel := context.WithCancel(t.Context())
		s := &sampler{log: slog.New(slog.NewTextHandler(&log, nil)), cancel: cancel}
		readings := 0
		read := func(context.Context, time.Time) (*feed.Load, error) {
			readings++
			switch {
			case readings <= 3:
				return nil, errors.New("no load here")
			case readings == 4:
				return nil, nil // nothing to tell yet
			}
			return &feed.Load{One: 1}, nil
		}
		heartbeat := newHeartbeat(stream, &s.failing, "")
		status := func() string {
			h, err := heartbeat(ctx, time.Now())
			if err != nil {
				t.Fatal(err)
			}
			return h.Status
		}
		s.running.Go(func() {
			s.run(ctx, reading("load", time.Second, stream, feed.LoadEvent, read))
		})
		time.Sleep(2500 * time.Millisecond) // three readings
		synctest.Wait()
		if got := strings.Count(log.String(), "no load here"); got != 1 {
			t.Errorf("got %q in the log, want the failure once", &log)
		}
		if got := stream.Stats().Published; got != 0 {
			t.Errorf("got %d events, want none", got)
		}
		if got := status(); got != feed.StatusDegraded {
			t.Errorf("got status %q, want %q", got, feed.StatusDegraded)
		}
		time.Sleep(2 * time.Second) // two more
		synctest.Wait()
		if got := stream.Stats().Published; got != 1 {
			t.Errorf("got %d events, want 1", got)
		}
		if got := status(); got != feed.StatusOK || !strings.Contains(log.String(), "again") {
			t.Errorf("got status %q and log %q, want %q and that it is back", got, &log, feed.StatusOK)
		}
		s.stop()
	})
}

func TestBusyShare(t *testing.T) {
	before := cpu.TimesStat{User: 10, System: 10, Idle: 100, Iowait: 5, Guest: 10}
	for _, test := range []struct {
		name  string
		after cpu.TimesStat
		want  float64
	}{
		{"idle", cpu.TimesStat{User: 10, System: 10, Idle: 101, Iowait: 5, Guest: 10}, 0},
		{"waiting for a disk", cpu.TimesStat{User: 10, System: 10, Idle: 100, Iowait: 6, Guest: 10}, 0},
		{"busy", cpu.TimesStat{User: 11, System: 10, Idle: 100, Iowait: 5, Guest: 11}, 100},
		{"a quarter", cpu.TimesStat{User: 10, System: 11, Idle: 103, Iowait: 5, Guest: 10}, 25},
		{"no time passed", before, 0},
		{"a clock that went back", cpu.TimesStat{}, 0},
		{"idle that went back", cpu.TimesStat{User: 12, System: 10, Idle: 99, Iowait: 5}, 100},
	} {
		if got := busyShare(before, test.after); got != test.want {
			t.Errorf("%s: got %v, want %v", test.name, got, test.want)
		}
	}
}

func TestBusiest(t *testing.T) {
	before := map[int32]float64{1: 10, 2: 5, 3: 7, 4: 100, 5: 1}
	after := map[int32]float64{
		1: 11,  // ran for a second
		2: 5,   // slept
		4: 0.5, // another process has this ID now
		5: 5,   // two cores all the time
		6: 1,   // is new, and ran as long as the first
	}
	got := busiest(before, after, 2*time.Second)
	want := []feed.Process{{PID: 5, CPU: 200}, {PID: 1, CPU: 50}, {PID: 6, CPU: 50}, {PID: 4, CPU: 25}}
	if len(got) != len(want) {
		t.Fatalf("got %+v, want %+v", got, want)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("line %d: got %+v, want %+v", i, got[i], want[i])
		}
	}
}

func TestProcessReaderNamesABusyProcess(t *testing.T) {
	// This very process runs between the two readings, for as long as it takes
	// until the system has counted it.
	var p processReader
	start := time.Now()
	if got, err := p.read(t.Context(), start); got != nil || err != nil {
		t.Fatalf("first reading: got %v, %v, want nothing yet", got, err)
	}
	for {
		for range 10_000_000 {
		}
		got, err := p.read(t.Context(), time.Now())
		if err != nil {
			t.Fatal(err)
		}
		if got.Count < 1 || len(got.Top) > topProcesses {
			t.Fatalf("got %+v, want at most %d processes", got, topProcesses)
		}
		for _, line := range got.Top {
			if strings.HasPrefix(line.Name, "demo.test") {
				if line.CPU <= 0 || line.Memory == 0 {
					t.Errorf("got %+v, want its share and memory", line)
				}
				return
			}
		}
		if time.Since(start) > timescale.Bound(time.Minute) {
			t.Fatalf("got %+v, want this process among them", got)
		}
	}
}

func TestKeepWholeDisks(t *testing.T) {
	counters := make(map[string]disk.IOCountersStat)
	for _, name := range []string{
		"sda", "sda1", "sda12", "sdb1", "nvme0n1", "nvme0n1p1", "mmcblk0", "mmcblk0p2", "vda", "vda3", "xvda1",
		"loop0", "ram1", "zram0", "dm-0", "md127", "disk0", "C:",
	} {
		counters[name] = disk.IOCountersStat{}
	}
	keepWholeDisks(counters)
	// A partition stays where the disk itself is not listed.
	for _, name := range []string{"sda", "sdb1", "nvme0n1", "mmcblk0", "vda", "xvda1", "disk0", "C:"} {
		if _, there := counters[name]; !there {
			t.Errorf("%s is gone", name)
		}
		delete(counters, name)
	}
	if len(counters) > 0 {
		t.Errorf("got %v too, want only whole disks", counters)
	}
}

func TestTransferred(t *testing.T) {
	read, written := transferred(
		map[string]disk.IOCountersStat{"a": {ReadBytes: 10, WriteBytes: 5}, "b": {ReadBytes: 100}, "gone": {ReadBytes: 1}},
		map[string]disk.IOCountersStat{"a": {ReadBytes: 13, WriteBytes: 9}, "b": {ReadBytes: 1}, "new": {ReadBytes: 50}},
	)
	if read != 3 || written != 4 {
		t.Errorf("got %d, %d, want 3, 4", read, written)
	}
}
