// A reader of logs that shares no code with ours: golang.org/x/mod/sumdb, as Go's own checksum database uses it.
//
// Arguments: the public folder, the verifier key, a file of cases (JSON). It prints what it checked, or ends with 1.
package main

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

type inclusion struct {
	Index  int64
	Hashes []tlog.Hash
}

type consistency struct {
	Size   int64
	Root   tlog.Hash
	Hashes []tlog.Hash
}

type cases struct {
	Inclusion   []inclusion
	Consistency []consistency
	Proofs      []string
}

type folder struct{ path string }

func (f folder) Height() int                     { return 8 }
func (f folder) SaveTiles([]tlog.Tile, [][]byte) {}
func (f folder) ReadTiles(t []tlog.Tile) ([][]byte, error) {
	var found [][]byte
	for _, tile := range t {
		name := strings.Replace(tile.Path(), "tile/8/", "tile/", 1)
		data, err := os.ReadFile(filepath.Join(f.path, name))
		if err != nil {
			return nil, err
		}
		found = append(found, data)
	}
	return found, nil
}

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func open(message []byte, key string) tlog.Tree {
	verifier, err := note.NewVerifier(key)
	must(err)
	opened, err := note.Open(message, note.VerifierList(verifier))
	must(err)
	lines := strings.Split(opened.Text, "\n")
	if len(lines) != 4 || lines[0] != verifier.Name() {
		must(fmt.Errorf("not a checkpoint: %q", opened.Text))
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	must(err)
	root, err := tlog.ParseHash(lines[2])
	must(err)
	return tlog.Tree{N: size, Hash: root}
}

func entries(path string, size int64) [][]byte {
	var found [][]byte
	for n := int64(0); n*256 < size; n++ {
		width := int(size - n*256)
		if width > 256 {
			width = 256
		}
		name := tlog.Tile{H: 8, L: 0, N: n, W: width}.Path()
		data, err := os.ReadFile(filepath.Join(path, strings.Replace(name, "tile/8/0/", "tile/entries/", 1)))
		must(err)
		for len(data) > 0 {
			length := int(binary.BigEndian.Uint16(data))
			found = append(found, data[2:2+length])
			data = data[2+length:]
		}
	}
	return found
}

func checkFile(path, key string, leaves [][]byte) {
	data, err := os.ReadFile(path)
	must(err)
	parts := strings.SplitN(string(data), "\n\n", 2)
	lines := strings.Split(parts[0], "\n")
	if lines[0] != "c2sp.org/tlog-proof@v1" {
		must(fmt.Errorf("not a proof: %q", lines[0]))
	}
	index, err := strconv.ParseInt(strings.TrimPrefix(lines[1], "index "), 10, 64)
	must(err)
	var proof tlog.RecordProof
	for _, line := range lines[2:] {
		raw, err := base64.StdEncoding.DecodeString(line)
		must(err)
		var hash tlog.Hash
		if copy(hash[:], raw) != len(raw) || len(raw) != len(hash) {
			must(fmt.Errorf("not a hash: %q", line))
		}
		proof = append(proof, hash)
	}
	tree := open([]byte(parts[1]), key)
	must(tlog.CheckRecord(proof, tree.N, tree.Hash, index, tlog.RecordHash(leaves[index])))
}

func same(ours, theirs []tlog.Hash) {
	if fmt.Sprint(ours) != fmt.Sprint(theirs) {
		must(fmt.Errorf("another proof: %v and %v", ours, theirs))
	}
}

func main() {
	path, key := os.Args[1], os.Args[2]
	message, err := os.ReadFile(filepath.Join(path, "checkpoint"))
	must(err)
	tree := open(message, key)
	leaves := entries(path, tree.N)
	content, err := os.ReadFile(os.Args[3])
	must(err)
	var told cases
	must(json.Unmarshal(content, &told))
	reader := tlog.TileHashReader(tree, folder{path})
	root, err := tlog.TreeHash(tree.N, reader)
	must(err)
	if root != tree.Hash || int64(len(leaves)) != tree.N {
		must(fmt.Errorf("the tiles or bundles are not those of the checkpoint"))
	}
	for _, one := range told.Inclusion {
		must(tlog.CheckRecord(one.Hashes, tree.N, tree.Hash, one.Index, tlog.RecordHash(leaves[one.Index])))
		proof, err := tlog.ProveRecord(tree.N, one.Index, reader)
		must(err)
		same(one.Hashes, proof)
	}
	for _, one := range told.Consistency {
		must(tlog.CheckTree(one.Hashes, tree.N, tree.Hash, one.Size, one.Root))
		proof, err := tlog.ProveTree(tree.N, one.Size, reader)
		must(err)
		same(one.Hashes, proof)
	}
	for _, name := range told.Proofs {
		checkFile(name, key, leaves)
	}
	fmt.Println(tree.N, len(told.Inclusion), len(told.Consistency), len(told.Proofs))
}
