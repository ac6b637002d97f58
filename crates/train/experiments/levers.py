"""Levers tried on the picture models, each under the same grouped folds.

    pip install torch torchvision safetensors pillow numpy scikit-learn
    python crates/train/experiments/levers.py DATA START.safetensors CACHE

DATA is the folder of the training data, START ResNet18's ImageNet weights; CACHE keeps what frozen
layers compute. Prints the rows of EXPERIMENTS.md: a logistic regression on frozen features of each
kind, grouped 5-fold, four repeats, intervals by bootstrap over films. The pictures are cut at the
boxes that `prepare` wrote next to its knees.
"""
import csv
import pathlib
import sys

import numpy as np
import torch
import torch.nn.functional as F
import torchvision
from PIL import Image
from safetensors.torch import load_file
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedGroupKFold
from sklearn.preprocessing import StandardScaler

DATA, START, CACHE = map(pathlib.Path, sys.argv[1:4])
PREPARED = pathlib.Path("runs/prepared")
CLASSES = ["normal", "osteopenia", "osteoporosis"]
MEAN, STD = (torch.tensor(v)[:, None, None] for v in ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]))
rows = [r for r in csv.DictReader(open(PREPARED / "knees.csv")) if r["source"] == "film"]
films = {r["group"]: r for r in csv.DictReader(open(DATA / "films.csv"))}
group = np.array([r["group"] for r in rows])
truth = np.array([CLASSES.index(r["class"]) for r in rows])
age = np.array([float(films[g]["age_years"]) for g in group])
t_score = np.array([float(films[g]["t_score"]) for g in group])


def grey(path):
    return np.asarray(Image.open(path).convert("L"), np.float32)


def stretched(a):
    low, high = np.percentile(a[a > 0], 1), np.percentile(a[a > 0], 99.5)
    return np.clip((a - low) / max(high - low, 1), 0, 1) * 255


def masked(a):
    """Lead letters, arrows and discs: what is brighter than bone ever is, and a rim around it."""
    image = Image.fromarray(((a >= np.percentile(a, 99.7)) & (a > 235)).astype(np.uint8) * 255)
    rim = np.asarray(image.resize((56, 56), Image.BOX).resize(a.shape[::-1], Image.NEAREST)) > 8
    return np.where(rim, np.median(a), a)


def corners(a):
    """Only the knee's middle: nothing within a sixth of the border."""
    border = np.full_like(a, np.median(a))
    h, w = (round(s / 6) for s in a.shape)
    border[h:-h, w:-w] = a[h:-h, w:-w]
    return border


def part(top, bottom, left, right):
    return lambda a: a[int(a.shape[0] * top) : int(a.shape[0] * bottom), int(a.shape[1] * left) : int(a.shape[1] * right)]


def square(a, side=224, squash=False):
    h, w = a.shape
    if squash:
        return torch.tensor(np.asarray(Image.fromarray(a.astype(np.uint8)).resize((side, side), Image.BILINEAR), np.float32) / 255)
    scale = side / max(h, w)
    small = np.asarray(Image.fromarray(a.astype(np.uint8)).resize((max(1, round(w * scale)), max(1, round(h * scale))), Image.BILINEAR), np.float32)
    out = np.zeros((side, side), np.float32)
    top, left = (side - small.shape[0]) // 2, (side - small.shape[1]) // 2
    out[top : top + small.shape[0], left : left + small.shape[1]] = small / 255
    return torch.tensor(out)


def network(layer4=None):
    net = torchvision.models.resnet18()
    net.load_state_dict(load_file(START), strict=False)
    if layer4 is not None:
        net.layer4.load_state_dict(layer4)
    return net.eval()


def layers(net, x):
    x = (x[:, None].repeat(1, 3, 1, 1) - MEAN) / STD
    x = net.maxpool(net.relu(net.bn1(net.conv1(x))))
    maps = []
    for layer in (net.layer1, net.layer2, net.layer3, net.layer4):
        x = layer(x)
        maps.append(x)
    return maps


def features(name, prepare, which, net=None, deviations=True):
    """[knee, mirrored or not, feature] of one layer."""
    path = CACHE / f"{name}.npy"
    if not path.exists():
        net = net or network()
        with torch.no_grad():
            one = lambda r: prepare(grey(PREPARED / r["file"]))
            pooled = lambda m: torch.cat([m.mean((2, 3)), m.std((2, 3))], 1)
            both = lambda x: pooled(layers(net, torch.stack([x, x.flip(1)]))[which])
            np.save(path, np.stack([both(one(r)).numpy() for r in rows]))
    found = np.load(path)
    return found if deviations else found[..., : found.shape[-1] // 2]


def pretrained(stretch, epochs=8):
    """layer4 taught to grade knees for osteoarthritis, Kellgren-Lawrence 0 to 4."""
    path = CACHE / f"grades{int(stretch)}.pt"
    if not path.exists():
        torch.manual_seed(0)
        table = list(csv.DictReader(open(DATA / "knees_oa.csv")))
        grade = torch.tensor([int(r["kl_grade"]) for r in table])
        net, fc = network(), torch.nn.Linear(512, 5)
        with torch.no_grad():
            look = lambda r: square(stretched(grey(DATA / r["knee"])) if stretch else grey(DATA / r["knee"]))
            maps = torch.stack([layers(net, torch.stack([x, x.flip(1)]))[2] for x in map(look, table)]).half()
        weight = 1 / torch.bincount(grade).float().sqrt()
        optimizer = torch.optim.AdamW([*net.layer4.parameters(), *fc.parameters()], weight_decay=0.05)
        steps, step = epochs * (len(table) // 32 + 1), 0
        for _ in range(epochs):
            for batch in torch.randperm(len(table)).split(32):
                for settings in optimizer.param_groups:
                    settings["lr"] = 3e-4 * (1 + np.cos(np.pi * step / steps)) / 2
                x = maps[batch, torch.randint(0, 2, (len(batch),))].float()
                loss = F.cross_entropy(fc(net.layer4(x).mean((2, 3))), grade[batch], weight=weight / weight.mean(), label_smoothing=0.1)
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                step += 1
        torch.save(net.layer4.state_dict(), path)
    return network(torch.load(path))


names = np.unique(group)
class_of = np.array([truth[group == n][0] for n in names])
FOLDS = []
for seed in range(4):
    fold = {}
    for k, (_, held_out) in enumerate(StratifiedGroupKFold(5, shuffle=True, random_state=seed).split(names, class_of, names)):
        fold.update({n: k for n in names[held_out]})
    FOLDS.append(np.array([fold[g] for g in group]))


def out_of_fold(X, kind="logistic", strength=0.003, mixup=False, mirrored_test=True):
    answers = []
    for folds in FOLDS:
        P = np.zeros((len(truth), 3))
        for k in range(5):
            train, test = folds != k, folds == k
            A, y = X[train].reshape(-1, X.shape[-1]), np.repeat(truth[train], X.shape[1])
            scale = StandardScaler().fit(A)
            A, B = scale.transform(A), scale.transform((X[test].mean(1) if mirrored_test else X[test, 0]))
            w = (1 / np.bincount(y))[y] * len(y) / 3
            if mixup:
                random = np.random.default_rng(k)
                other, share = random.permutation(len(A)), random.beta(0.4, 0.4, len(A))
                mixed = share[:, None] * A + (1 - share[:, None]) * A[other]
                A, y, w = np.r_[mixed, mixed], np.r_[y, y[other]], np.r_[w * share, w[other] * (1 - share)]
            if kind == "logistic":
                P[test] = LogisticRegression(C=strength, max_iter=400).fit(A, y, sample_weight=w).predict_proba(B)
            else:
                target = {"ordinal": truth.astype(float), "t-score": -t_score, "age": age}[kind]
                v = Ridge(alpha=3e3).fit(A, np.repeat(target[train], X.shape[1]), sample_weight=w).predict(B)
                v = (v - v.mean()) / v.std()
                P[test] = np.stack([-v, -abs(v), v], 1)
        answers.append(P)
    return answers


def by_film(answers):
    return [np.stack([P[group == g].mean(0) for g in group]) for P in answers]


def scores(answers, index=slice(None)):
    of = lambda P, t: [np.mean([roc_auc_score(t == c, P[:, c]) for c in range(3)]), roc_auc_score(t > 0, -P[:, 0])]
    return np.mean([of(P[index], truth[index]) for P in answers], 0)


def report(name, answers, draws=200):
    random, value, drawn = np.random.default_rng(1), scores(answers), []
    members = {g: np.nonzero(group == g)[0] for g in names}
    for _ in range(draws):
        index = np.concatenate([members[g] for g in random.choice(names, len(names))])
        if len(set(truth[index])) == 3:
            drawn.append(scores(answers, index))
    low, high = np.percentile(drawn, [2.5, 97.5], axis=0)
    print(f"| {name} | " + " | ".join(f"{v:.3f} ({a:.2f}–{b:.2f})" for v, a, b in zip(value, low, high)) + " |", flush=True)


def main():
    CACHE.mkdir(exist_ok=True)
    raw, plain = (lambda a: square(a)), (lambda a: square(stretched(a)))
    print("| lever | macro AUC | AUC normal against bone loss |\n|---|---|---|")
    base = features("plain3", plain, 2)
    report("frozen ImageNet `layer3`, the box of the page (start)", out_of_fold(base))
    report("`layer2` instead", out_of_fold(features("plain2", plain, 1)))
    report("`layer4` instead", out_of_fold(features("plain4", plain, 3)))
    report("grey values not stretched", out_of_fold(features("raw3", raw, 2)))
    report("squashed to a square", out_of_fold(features("squash3", lambda a: square(stretched(a), squash=True), 2)))
    report("320 px instead of 224", out_of_fold(features("fine3", lambda a: square(stretched(a), 320), 2)))
    report("texture: distal femur alone, enlarged", out_of_fold(features("femur3", lambda a: square(stretched(part(0.05, 0.42, 0.3, 0.7)(a))), 2)))
    report("texture: proximal tibia alone, enlarged", out_of_fold(features("tibia3", lambda a: square(stretched(part(0.56, 0.93, 0.3, 0.7)(a))), 2)))
    report("cortex: both rims of the shafts alone", out_of_fold(np.concatenate([features("rimL", lambda a: square(stretched(part(0, 1, 0.08, 0.38)(a))), 1), features("rimR", lambda a: square(stretched(part(0, 1, 0.62, 0.92)(a))), 1)], -1)))
    report("ordinal instead of three classes", out_of_fold(base, "ordinal"))
    report("T-score regression instead of classes", out_of_fold(base, "t-score"))
    report("age regression instead of classes", out_of_fold(base, "age"))
    report("mixup", out_of_fold(base, mixup=True))
    graded = features("graded4", plain, 3, pretrained(True))
    report("**`layer4` pre-trained on grades of osteoarthritis**", out_of_fold(graded))
    report("… means of the maps without deviations", out_of_fold(features("graded4", plain, 3, deviations=False)))
    report("… not stretched", out_of_fold(features("gradedraw4", raw, 3, pretrained(False))))
    report("… weaker penalty", out_of_fold(graded, strength=0.1))
    report("… mixup", out_of_fold(graded, mixup=True))
    report("… without the mirrored picture at test time", out_of_fold(graded, mirrored_test=False))
    report("… knees of one film averaged", by_film(out_of_fold(graded)))
    report("… and the femur's texture, averaged", [(a + b) / 2 for a, b in zip(out_of_fold(graded), out_of_fold(features("femur3", plain, 2)))])
    report("… bright marks masked", out_of_fold(features("masked4", lambda a: square(masked(stretched(a))), 3, pretrained(True))))
    report("… everything near the border masked", out_of_fold(features("middle4", lambda a: square(corners(stretched(a))), 3, pretrained(True))))


main()
