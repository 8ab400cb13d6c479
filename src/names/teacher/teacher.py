"""Fine-tunes MiniLM as a name tagger and labels token files with it.

The small transformer is a teacher: it is used while training only, and none of its
weights are shipped. What it writes beside each token (a tag and its probability) is
what the shipped tagger may learn from.

It refuses to learn that MISC is O where a set does not annotate MISC: there the loss
of an O token is that of "O or MISC".

README.md has the commands, the data and what they gave.
"""
import argparse
import json
import math
import os
import random
import sys
import time
import unicodedata

import numpy
import torch
import torch.nn.functional as F
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer

TAGS = ["O"] + [f"{p}-{c}" for c in ("PER", "ORG", "LOC", "MISC") for p in "BI"]
TAG_ID = {tag: i for i, tag in enumerate(TAGS)}
MISC = [i for i, tag in enumerate(TAGS) if tag.endswith("MISC")]
O_OR_MISC = len(TAGS)  # a label of the loss, never of the output
IGNORE = -100
LAYERS, HEADS, WIDTH = 6, 12, 384
SHAPES = ["none", "lower", "title", "upper", "initial", "mixed", "digit", "other"]
MAX_PIECES_A_WORD = 6

# name: (share of its documents used in one pass, annotates MISC)
SOURCES = {
    "uner_ewt_test": (1.5, False),
    "redocred_wiki": (1.0, True),
    "crossner_wiki": (1.0, True),
    "gum_open": (1.0, True),
    "re3d_open": (2.0, True),
    "europarl_ner": (2.0, True),
    "btc": (0.4, False),
    "wnut17": (0.4, True),
    "synthetic_sports": (0.3, False),
    "wikigold": (1.5, True),
}
SOURCE_ID = {name: i + 1 for i, name in enumerate(SOURCES)}  # 0: no particular source


def shape_of(word):
    letters = [c for c in word if c.isalpha()]
    if any(c.isdigit() for c in word):
        return SHAPES.index("digit")
    if not letters:
        return SHAPES.index("other")
    if all(c.islower() for c in letters) or not any(c.isupper() for c in letters):
        return SHAPES.index("lower")
    if len(letters) == 1:
        return SHAPES.index("initial")
    if all(c.isupper() for c in letters):
        return SHAPES.index("upper")
    if letters[0].isupper() and not any(c.isupper() for c in letters[1:]):
        return SHAPES.index("title")
    return SHAPES.index("mixed")


class Pieces:
    """Words to word pieces and shapes, remembered word by word."""

    def __init__(self, model_folder):
        self.tokenizer = Tokenizer.from_file(os.path.join(model_folder, "tokenizer.json"))
        self.tokenizer.no_padding()
        self.tokenizer.no_truncation()
        self.cls = self.tokenizer.token_to_id("[CLS]")
        self.sep = self.tokenizer.token_to_id("[SEP]")
        self.unknown = self.tokenizer.token_to_id("[UNK]")
        self.known = {}

    def of(self, word):
        found = self.known.get(word)
        if found is None:
            plain = word.translate({0x2018: "'", 0x2019: "'", 0x201C: '"', 0x201D: '"'})
            ids = self.tokenizer.encode(plain, add_special_tokens=False).ids[:MAX_PIECES_A_WORD]
            found = self.known[word] = (ids or [self.unknown], shape_of(word))
        return found


def read(path):
    """Rows of the file, and its documents: lists of sentences, lists of (row, word, tag)."""
    rows, documents, sentence = [], [[]], []
    with open(path, encoding="utf-8") as lines:
        for number, line in enumerate(lines):
            line = line.rstrip("\r\n")
            word, _, tag = line.partition("\t")
            rows.append(word)
            if not line.strip() or word == "-DOCSTART-":
                if sentence:
                    documents[-1].append(sentence)
                    sentence = []
                if word == "-DOCSTART-" and documents[-1]:
                    documents.append([])
                continue
            sentence.append((number, word, tag))
    if sentence:
        documents[-1].append(sentence)
    return rows, [d for d in documents if d]


def windows(document, pieces, limit):
    """Cuts a document into windows of whole sentences of at most `limit` pieces.

    A window is (piece ids, shapes, word starts, word rows, word tags); a sentence longer than
    a window is cut between words.
    """
    out, ids, shapes, starts, rows, tags = [], [], [], [], [], []

    def close():
        if starts:
            out.append((numpy.array([pieces.cls] + ids), numpy.array([0] + shapes),
                        numpy.array(starts) + 1, rows[:], tags[:]))
        for part in (ids, shapes, starts, rows, tags):
            part.clear()

    for sentence in document:
        cost = sum(len(pieces.of(word)[0]) for _, word, _ in sentence) + 1
        if len(ids) + cost > limit:
            close()
        for row, word, tag in sentence:
            found, shape = pieces.of(word)
            if len(ids) + len(found) + 1 > limit:
                ids.append(pieces.sep)
                shapes.append(0)
                close()
            starts.append(len(ids))
            rows.append(row)
            tags.append(tag)
            ids.extend(found)
            shapes.extend([shape] * len(found))
        ids.append(pieces.sep)
        shapes.append(0)
    close()
    return out


class Teacher(torch.nn.Module):
    def __init__(self, weights=None):
        super().__init__()
        linear = torch.nn.Linear
        self.words = torch.nn.Embedding(30522, WIDTH)
        self.places = torch.nn.Embedding(512, WIDTH)
        self.first_kind = torch.nn.Parameter(torch.zeros(WIDTH))
        self.shapes = torch.nn.Embedding(len(SHAPES), WIDTH)
        self.sources = torch.nn.Embedding(len(SOURCES) + 1, WIDTH)
        self.norm = torch.nn.LayerNorm(WIDTH, eps=1e-12)
        self.layers = torch.nn.ModuleList()
        for _ in range(LAYERS):
            self.layers.append(torch.nn.ModuleDict({
                "qkv": linear(WIDTH, 3 * WIDTH), "out": linear(WIDTH, WIDTH),
                "norm1": torch.nn.LayerNorm(WIDTH, eps=1e-12),
                "up": linear(WIDTH, 4 * WIDTH), "down": linear(4 * WIDTH, WIDTH),
                "norm2": torch.nn.LayerNorm(WIDTH, eps=1e-12)}))
        self.head = linear(WIDTH, len(TAGS))
        with torch.no_grad():
            self.shapes.weight.normal_(0, 0.02)
            self.shapes.weight[0] = 0
            self.sources.weight.zero_()
            self.head.weight.normal_(0, 0.02)
            self.head.bias.zero_()
            if weights:
                self.take(weights)

    def take(self, w):
        """Copies the published weights in."""
        e = "embeddings."
        self.words.weight.copy_(w[e + "word_embeddings.weight"])
        self.places.weight.copy_(w[e + "position_embeddings.weight"])
        self.first_kind.copy_(w[e + "token_type_embeddings.weight"][0])
        def both(module, name):
            module.weight.copy_(w[name + ".weight"])
            module.bias.copy_(w[name + ".bias"])
        both(self.norm, e + "LayerNorm")
        for i, layer in enumerate(self.layers):
            at = f"encoder.layer.{i}."
            heads = [at + f"attention.self.{x}" for x in ("query", "key", "value")]
            layer["qkv"].weight.copy_(torch.cat([w[h + ".weight"] for h in heads]))
            layer["qkv"].bias.copy_(torch.cat([w[h + ".bias"] for h in heads]))
            both(layer["out"], at + "attention.output.dense")
            both(layer["norm1"], at + "attention.output.LayerNorm")
            both(layer["up"], at + "intermediate.dense")
            both(layer["down"], at + "output.dense")
            both(layer["norm2"], at + "output.LayerNorm")

    def forward(self, ids, shapes, sources, mask, drop=0.0):
        b, n = ids.shape
        x = (self.words(ids) + self.places.weight[:n] + self.first_kind
             + self.shapes(shapes) + self.sources(sources)[:, None])
        x = F.dropout(self.norm(x), drop, self.training)
        for layer in self.layers:
            q, k, v = layer["qkv"](x).view(b, n, 3, HEADS, -1).permute(2, 0, 3, 1, 4)
            a = F.scaled_dot_product_attention(q, k, v, attn_mask=mask)
            x = layer["norm1"](x + F.dropout(layer["out"](a.transpose(1, 2).reshape(b, n, WIDTH)),
                                             drop, self.training))
            h = layer["down"](F.gelu(layer["up"](x)))
            x = layer["norm2"](x + F.dropout(h, drop, self.training))
        return x


def batch_of(items, rng=None):
    """Tensors of some windows; items are (window, source id, annotates MISC)."""
    n = max(len(w[0]) for w, _, _ in items)
    ids = numpy.zeros((len(items), n), dtype=numpy.int64)
    shapes = numpy.zeros_like(ids)
    mask = numpy.zeros((len(items), 1, 1, n), dtype=bool)
    sources = numpy.zeros(len(items), dtype=numpy.int64)
    places, labels = [], []
    for i, (w, source, has_misc) in enumerate(items):
        k = len(w[0])
        ids[i, :k], mask[i, 0, 0, :k] = w[0], True
        s = w[1]
        if rng:
            r = rng.random()
            letters = (s >= 1) & (s <= 5)
            if r < 0.04:
                s = numpy.where(letters, SHAPES.index("upper"), s)
            elif r < 0.07:
                s = numpy.where(s == 1, SHAPES.index("title"), s)
            elif r < 0.085:
                s = numpy.where(letters, SHAPES.index("lower"), s)
            sources[i] = source if rng.random() < 0.5 else 0
        else:
            sources[i] = source
        shapes[i, :k] = s
        places.append(w[2] + i * n)
        if rng:
            labels.extend(O_OR_MISC if t == "O" and not has_misc else TAG_ID[t] for t in w[4])
    bias = torch.zeros(mask.shape).masked_fill(~torch.from_numpy(mask), -1e4)
    return (torch.from_numpy(ids), torch.from_numpy(shapes), torch.from_numpy(sources), bias,
            torch.from_numpy(numpy.concatenate(places)), torch.tensor(labels))


def loss_of(logits, labels):
    logp = F.log_softmax(logits.float(), -1)
    wide = torch.logsumexp(logp[:, [0] + MISC], -1)
    return -torch.cat([logp, wide[:, None]], 1).gather(1, labels[:, None]).mean()


def logits_of(model, batch, drop=0.0):
    ids, shapes, sources, bias, places, _ = batch
    with torch.autocast("cpu", torch.bfloat16):
        x = model(ids, shapes, sources, bias.to(torch.bfloat16), drop)
        return model.head(x.reshape(-1, WIDTH)[places])


def grouped(items, pieces_a_batch, rng=None):
    """Batches of windows of like length."""
    order = sorted(items, key=lambda x: len(x[0][0]) + (rng.random() * 8 if rng else 0))
    out, now, longest = [], [], 0
    for item in order:
        n = max(longest, len(item[0][0]))
        if now and n * (len(now) + 1) > pieces_a_batch:
            out.append(now)
            now, n = [], len(item[0][0])
        now.append(item)
        longest = n
    if now:
        out.append(now)
    if rng:
        rng.shuffle(out)
    return out


def demonyms(folder):
    path = os.path.join(folder, "gazetteers", "demonyms.txt")
    with open(path, encoding="utf-8") as lines:
        return {line.strip() for line in lines if " " not in line.strip()}


def repaired(name, documents, folder):
    """Re-DocRED calls "German" a place; the other sets do not: there it becomes MISC."""
    if name != "redocred_wiki":
        return documents
    adjectives = demonyms(folder)
    for document in documents:
        for sentence in document:
            for i, (row, word, tag) in enumerate(sentence):
                follows = i + 1 < len(sentence) and sentence[i + 1][2] == "I-LOC"
                if tag == "B-LOC" and word in adjectives and not follows:
                    sentence[i] = (row, word, "B-MISC")
    return documents


def one_pass(stock, rng, names):
    items = []
    for name in names:
        share, has_misc = SOURCES[name]
        documents = stock[name]
        whole = int(share)
        chosen = documents * whole + rng.sample(documents, int((share - whole) * len(documents)))
        items += [(w, SOURCE_ID[name], has_misc) for d in chosen for w in d]
    return items


def train(args):
    rng = random.Random(args.seed)
    for pair in filter(None, args.shares.split(",")):
        name, _, share = pair.partition("=")
        SOURCES[name] = (float(share), SOURCES[name][1])
    torch.manual_seed(args.seed)
    log = open(os.path.join(args.work, "log.txt"), "a", buffering=1)
    say = lambda text: (print(time.strftime("%H:%M:%S"), text, file=log),)
    pieces = Pieces(args.model)
    names = [n for n in SOURCES if args.wikigold or n != "wikigold"]
    stock = {}
    for name in names:
        part = "dev" if name == "wikigold" else "train"
        _, documents = read(os.path.join(args.data, part, name + ".tsv"))
        documents = repaired(name, documents, args.data)
        if name == "europarl_ner":  # one long record of a session: cut into parts
            documents = [documents[0][i:i + 8] for i in range(0, len(documents[0]), 8)]
        stock[name] = [windows(d, pieces, args.window) for d in documents]
        say(f"{name}: {len(documents)} documents, "
            f"{sum(len(w[0]) for d in stock[name] for w in d)} pieces")
    model = Teacher(load_file(os.path.join(args.model, "model.safetensors")))
    if args.start:
        model.load_state_dict(load_file(args.start))
    model.words.weight.requires_grad_(False)  # a tenth of the time, and little to learn in one pass
    fresh = [p for n, p in model.named_parameters() if n.split(".")[0] in ("head", "shapes", "sources")]
    old = [p for n, p in model.named_parameters() if p.requires_grad and n.split(".")[0] not in ("head", "shapes", "sources")]
    optimizer = torch.optim.AdamW(
        [{"params": old, "peak": args.rate}, {"params": fresh, "peak": args.rate * 8}],
        lr=args.rate, weight_decay=0.01, betas=(0.9, 0.98), fused=True)
    model.train()
    begin, step, seen, total, passes, saved = time.time(), 0, 0, 0.0, 0, time.time()
    done = False
    while not done:
        passes += 1
        for items in grouped(one_pass(stock, rng, names), args.batch, rng):
            # the rate follows the clock (or the passes, whichever is nearer its end)
            share = (time.time() - begin) / args.seconds
            if args.passes:
                share = max(share, seen / (args.passes * args.pass_pieces))
            if share >= 1:
                done = True
                break
            rate = min(1.0, (step + 1) / args.warmup) * (1 - share)
            for group in optimizer.param_groups:
                group["lr"] = group["peak"] * rate
            batch = batch_of(items, rng)
            loss = loss_of(logits_of(model, batch, args.drop), batch[5])
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            step, seen, total = step + 1, seen + batch[0].numel(), total + loss.item()
            if step % 20 == 0:
                speed = seen / (time.time() - begin)
                say(f"step {step} pass {passes} pieces {seen} loss {total / 20:.4f} "
                    f"{speed:.0f} pieces/s, {share:.0%}")
                total = 0.0
            if time.time() - saved > 300:
                save_file(model.state_dict(), args.out + ".part")
                saved = time.time()
    save_file(model.state_dict(), args.out + ".tmp")
    os.replace(args.out + ".tmp", args.out)
    say(f"done: {step} steps, {seen} pieces, {passes} passes, {time.time() - begin:.0f} s, "
        f"cpu {time.process_time():.0f} s")


ALLOWED = numpy.zeros((len(TAGS), len(TAGS)), dtype=numpy.float32)
for _a, _x in enumerate(TAGS):
    for _b, _y in enumerate(TAGS):
        if _y.startswith("I-") and _x[2:] != _y[2:]:
            ALLOWED[_a, _b] = -1e9
FIRST = numpy.array([-1e9 if t.startswith("I-") else 0.0 for t in TAGS], dtype=numpy.float32)


def decode(logp):
    """The best valid BIO path of one sentence."""
    score, back = logp[0] + FIRST, []
    for row in logp[1:]:
        step = score[:, None] + ALLOWED
        back.append(step.argmax(0))
        score = step.max(0) + row
    path = [int(score.argmax())]
    for pointers in reversed(back):
        path.append(int(pointers[path[-1]]))
    return path[::-1]


def opinions(model, documents, pieces, source, window):
    """The logarithms of the probabilities of the tags, by row of the file."""
    items = [(w, source, True) for d in documents for w in windows(d, pieces, window)]
    logp = {}
    with torch.inference_mode():
        for group in grouped(items, 4096):
            found = F.log_softmax(logits_of(model, batch_of(group)).float(), -1).numpy()
            at = 0
            for w, _, _ in group:
                for row in w[3]:
                    logp[row] = found[at]
                    at += 1
    return logp


def label(args):
    """Tags by the mean of the probabilities that all weights give in all styles."""
    pieces = Pieces(args.model)
    models = []
    for path in args.weights:
        model = Teacher()
        model.load_state_dict(load_file(path))
        model.eval()
        models.append(model)
    for job in args.files:
        path, _, target = job.partition("=")
        begin = time.time()
        rows, documents = read(path)
        heard = [opinions(model, documents, pieces, source, args.window)
                 for model in models for source in args.source]
        logp = {row: numpy.logaddexp.reduce([one[row] for one in heard], axis=0) - math.log(len(heard))
                for row in heard[0]}
        lines = {}
        for document in documents:
            for sentence in document:
                at = [row for row, _, _ in sentence]
                scores = numpy.stack([logp[r] for r in at])
                for r, tag, row in zip(at, decode(scores), scores):
                    lines[r] = (TAGS[tag], math.exp(row[tag]))
        with open(target + ".tmp", "w", encoding="utf-8") as out:
            for i, word in enumerate(rows):
                if i in lines:
                    tag, p = lines[i]
                    out.write(f"{word}\t{tag}\n" if args.words else f"{tag}\t{p:.3f}\n")
                elif word == "-DOCSTART-":
                    out.write("-DOCSTART-\tO\n" if args.words else "O\t1.000\n")
                else:
                    out.write("\n")
        os.replace(target + ".tmp", target)
        print(f"{path}: {len(lines)} tokens, {time.time() - begin:.0f} s", flush=True)


def pack(args):
    """Writes a file of `label` in the form that src/names/labels.rs reads."""
    letters, outside, out = {"PER": "P", "ORG": "O", "LOC": "L", "MISC": "M"}, 0, []
    with open(args.labels, encoding="utf-8") as lines, open(args.set, encoding="utf-8") as words:
        for line, word in zip(lines, words):
            word = word.rstrip("\r\n").split("\t")[0]
            if not word or word == "-DOCSTART-":
                continue
            tag = line.split("\t")[0].strip()
            if tag == "O":
                outside += 1
                continue
            if outside:
                out.append(str(outside))
            letter = letters[tag[2:]]
            out.append(letter if tag[0] == "B" else letter.lower())
            outside = 0
    if outside:
        out.append(str(outside))
    with open(args.target, "w", encoding="utf-8") as target:
        target.write("# Labels of gmb.tsv by another model; ATTRIBUTION.md says which, and labels.rs how to read them.\n")
        target.write(f"# set {args.checksum}\n")
        line = ""
        for label in out:  # a number is never cut
            if len(line) + len(label) > 120:
                target.write(line + "\n")
                line = ""
            line += label
        target.write(line + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", help="folder with model.safetensors, tokenizer.json")
    parser.add_argument("--window", type=int, default=160)
    parser.add_argument("--threads", type=int, default=2)
    sub = parser.add_subparsers(dest="what", required=True)
    t = sub.add_parser("train")
    t.add_argument("--data", required=True)
    t.add_argument("--work", required=True)
    t.add_argument("--out", required=True)
    t.add_argument("--start")
    t.add_argument("--wikigold", action="store_true")
    t.add_argument("--shares", default="", metavar="SET=SHARE,...")
    t.add_argument("--seconds", type=float, default=1e9)
    t.add_argument("--passes", type=float, default=0)
    t.add_argument("--pass-pieces", type=float, default=1e6)
    t.add_argument("--rate", type=float, default=1.5e-4)
    t.add_argument("--batch", type=int, default=1536)
    t.add_argument("--warmup", type=int, default=60)
    t.add_argument("--drop", type=float, default=0.0)
    t.add_argument("--seed", type=int, default=1)
    l = sub.add_parser("label")
    l.add_argument("--weights", required=True, nargs="+")
    l.add_argument("--source", type=int, nargs="+", default=[0])
    l.add_argument("--words", action="store_true", help="write token<TAB>tag instead")
    l.add_argument("files", nargs="+", metavar="FILE=TARGET")
    p = sub.add_parser("pack")
    p.add_argument("--checksum", required=True, help="BLAKE3 of the set, as b3sum prints it")
    p.add_argument("set")
    p.add_argument("labels")
    p.add_argument("target")
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    {"train": train, "label": label, "pack": pack}[args.what](args)


if __name__ == "__main__":
    main()
