"""Makes the small models of this folder, and expected.json: what the Python libraries' pipelines say with them.

    make_pipelines.py models         tokenizer/ and a folder for each head, with random weights
    make_pipelines.py transformers   transformers 5 (recorded with 5.23.0)
    make_pipelines.py pairs          encoder-decoders: their models, and what transformers 5 says
    make_pipelines.py answers        transformers 4, the last with this pipeline (4.57.6)
    make_pipelines.py sentences      sentence-transformers (6.2.0)

Each part replaces its own members of expected.json. A case holds what the call was given and what came back.
"""
import json
import pathlib
import shutil
import sys
import tempfile

HERE = pathlib.Path(__file__).parent
WORDS = ("the a of in and is was to London Paris lives works at near Anna Berg river city who where what great bad "
         "story said new york this example about sports food she he").split()
LABELS = {"classes": ["contradiction", "neutral", "entailment"], "score": ["LABEL_0"],
          "tokens": ["O", "B-PER", "I-PER", "B-LOC", "I-LOC"], "answers": ["LABEL_0", "LABEL_1"]}


def read():
    path = HERE / "expected.json"
    return json.loads(path.read_text()) if path.exists() else {}


def write(members):
    (HERE / "expected.json").write_text(json.dumps(read() | members, ensure_ascii=False, default=float) + "\n")


def folder(name):
    """A model beside the tokenizer, which is stored once."""
    made = pathlib.Path(tempfile.mkdtemp())
    for source in (HERE / name, HERE / "tokenizer"):
        shutil.copytree(source, made, dirs_exist_ok=True)
    return str(made)


def models():
    import torch
    import transformers
    from tokenizers import Tokenizer, decoders, normalizers, pre_tokenizers, processors
    from tokenizers.models import WordPiece
    letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ'.,?!éü"
    parts = [*letters, *("##" + c for c in letters if c.isalpha()), *WORDS, "##ing", "##er", "##burg", "##ton"]
    vocabulary = {t: i for i, t in enumerate(dict.fromkeys(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *parts]))}
    raw = Tokenizer(WordPiece(vocabulary, unk_token="[UNK]"))
    raw.normalizer = normalizers.BertNormalizer(lowercase=False, strip_accents=False)
    raw.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    raw.decoder = decoders.WordPiece()
    raw.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=[("[CLS]", 2), ("[SEP]", 3)])
    tokenizer = transformers.PreTrainedTokenizerFast(
        tokenizer_object=raw, unk_token="[UNK]", pad_token="[PAD]", cls_token="[CLS]", sep_token="[SEP]",
        mask_token="[MASK]", model_max_length=48, clean_up_tokenization_spaces=False,
        model_input_names=["input_ids", "token_type_ids", "attention_mask"])
    tokenizer.save_pretrained(HERE / "tokenizer")
    shape = dict(vocab_size=len(vocabulary), hidden_size=16, num_hidden_layers=2, num_attention_heads=2,
                 intermediate_size=32, max_position_embeddings=64, initializer_range=0.2)
    kinds = {"classes": "SequenceClassification", "score": "SequenceClassification", "tokens": "TokenClassification",
             "answers": "QuestionAnswering", "masked": "MaskedLM", "body": ""}
    for seed, (name, kind) in enumerate(kinds.items()):
        torch.manual_seed(seed + 1)
        labels = LABELS.get(name, LABELS["answers"])
        config = transformers.BertConfig(**shape, id2label=dict(enumerate(labels)),
                                         label2id={l: i for i, l in enumerate(labels)})
        model = getattr(transformers, "BertFor" + kind if kind else "BertModel")(config)
        with torch.no_grad():  # so that tokens differ, and heads are sure of themselves
            model.get_input_embeddings().weight *= 5
            for head in ("classifier", "qa_outputs"):
                if hasattr(model, head):
                    getattr(model, head).weight *= 8
        model.save_pretrained(HERE / name)
        (HERE / name / "generation_config.json").unlink(missing_ok=True)


def transformers_5():
    from transformers import pipeline
    text = "Anna Berg lives in New york and works at Hamburg."
    unicode = "Élan büro Anna Bérg near Paris, é!"
    found = {}

    classify = pipeline("text-classification", folder("classes"))
    cases = []
    for inputs in (text, "great story", {"text": "the city", "text_pair": "is great"}):
        for options in ({}, {"top_k": 2}, {"top_k": None}, {"top_k": None, "function_to_apply": "sigmoid"},
                        {"top_k": None, "function_to_apply": "none"}):
            out = classify(inputs, **options)
            cases.append({"inputs": inputs, "options": options, "outputs": out if isinstance(out, list) else [out]})
    found["text-classification"] = cases
    classify.tokenizer.model_input_names = ["input_ids", "attention_mask"]
    cases.append({"inputs": inputs, "options": {"top_k": None}, "without_types": True,
                  "outputs": classify(inputs, top_k=None)})
    for problem in (None, "regression", "multi_label_classification"):
        score = pipeline("text-classification", folder("score"))
        score.model.config.problem_type = problem
        cases.append({"model": "score", "problem_type": problem, "inputs": text, "options": {}, "outputs": score(text)})

    tokens = pipeline("token-classification", folder("tokens"))
    cases = []
    for inputs in (text, unicode, "burging Londoner \u4e2d Parison xyz?"):
        for strategy in ("none", "simple", "first", "average", "max"):
            for ignore in (["O"], []):
                out = tokens(inputs, aggregation_strategy=strategy, ignore_labels=ignore)
                cases.append({"inputs": inputs, "aggregation_strategy": strategy, "ignore_labels": ignore,
                              "outputs": out})
    long = " ".join([text, unicode] * 4)
    for stride in (None, 0, 5):
        options = {} if stride is None else {"stride": stride}
        out = pipeline("token-classification", folder("tokens"), aggregation_strategy="simple", **options)(long)
        cases.append({"inputs": long, "aggregation_strategy": "simple", "ignore_labels": ["O"], "stride": stride,
                      "outputs": out})
    found["token-classification"] = cases

    fill = pipeline("fill-mask", folder("masked"))
    cases = []
    for inputs, options in (("Anna lives in [MASK].", {}), ("the [MASK] story", {"top_k": 3}),
                            ("[MASK] lives in [MASK] city", {"top_k": 2}),
                            ("the [MASK] story", {"targets": ["great", "bad", "Parison"]}),
                            ("the [MASK] story", {"targets": ["new", "york"], "top_k": 1})):
        out = fill(inputs, **options)
        several = isinstance(out[0], list)
        flat = [dict(word, mask=m) for m, row in enumerate(out if several else [out]) for word in row]
        cases.append({"inputs": inputs, "options": options, "outputs": flat})
    found["fill-mask"] = cases

    features = pipeline("feature-extraction", folder("classes"))
    found["feature-extraction"] = [{"inputs": i, "outputs": features(i)[0]} for i in ("great story", "who?")]

    zero = pipeline("zero-shot-classification", folder("classes"))
    cases = []
    for options in ({}, {"multi_label": True}, {"hypothesis_template": "this is about {}"}):
        for labels in (["sports", "food", "the city"], ["sports"]):
            out = zero(text, candidate_labels=labels, **options)
            cases.append({"inputs": text, "candidate_labels": labels, "options": options, "outputs": out})
    out = zero(" ".join([text] * 3), candidate_labels="food, sports")
    cases.append({"inputs": " ".join([text] * 3), "candidate_labels": ["food", "sports"], "options": {}, "outputs": out})
    found["zero-shot-classification"] = cases
    write(found)


def pairs():
    """BART: classes of a text come from its last end token, [SEP] here."""
    import torch
    import transformers
    words = len(transformers.PreTrainedTokenizerFast.from_pretrained(HERE / "tokenizer"))
    shape = dict(vocab_size=words, d_model=16, encoder_layers=1, decoder_layers=1, encoder_attention_heads=2,
                 decoder_attention_heads=2, encoder_ffn_dim=24, decoder_ffn_dim=24, max_position_embeddings=64,
                 init_std=0.3, pad_token_id=0, bos_token_id=2, eos_token_id=3, decoder_start_token_id=3,
                 forced_eos_token_id=None)
    for seed, (name, kind) in enumerate({"pair_classes": "SequenceClassification",
                                         "pair_answers": "QuestionAnswering"}.items()):
        torch.manual_seed(seed + 20)
        labels = LABELS["classes" if kind[0] == "S" else "answers"]
        config = transformers.BartConfig(**shape, id2label=dict(enumerate(labels)),
                                         label2id={l: i for i, l in enumerate(labels)})
        getattr(transformers, "BartFor" + kind)(config).save_pretrained(HERE / name)
        (HERE / name / "generation_config.json").unlink(missing_ok=True)
    torch.manual_seed(22)
    config = transformers.T5Config(vocab_size=words, d_model=16, d_kv=8, d_ff=24, num_layers=2, num_heads=2,
                                   relative_attention_num_buckets=8, relative_attention_max_distance=16)
    encoder = transformers.T5EncoderModel(config).eval()
    with torch.no_grad():
        for weight in encoder.parameters():
            weight.add_(torch.randn_like(weight) * 0.3)
    encoder.save_pretrained(HERE / "pair_encoder")
    tokenizer = transformers.PreTrainedTokenizerFast.from_pretrained(
        folder("pair_classes"), model_input_names=["input_ids", "attention_mask"])
    zero = transformers.pipeline("zero-shot-classification", folder("pair_classes"), tokenizer=tokenizer)
    text = "Anna Berg lives in New york and works at Hamburg."
    cases = []
    for options in ({}, {"multi_label": True}):
        for labels in (["sports", "food", "the city"], ["sports"]):
            out = zero(text, candidate_labels=labels, **options)
            cases.append({"inputs": text, "candidate_labels": labels, "options": options, "outputs": out})
    classify = transformers.pipeline("text-classification", folder("pair_classes"), tokenizer=tokenizer)
    model = transformers.BartForQuestionAnswering.from_pretrained(HERE / "pair_answers").eval()
    from safetensors.torch import load_file
    dense = load_file(HERE / "dense" / "model.safetensors")
    embeddings = []  # as sentence-transformers computes them: mean, Dense, Normalize
    for sentence in ("Anna lives in Paris.", "great story"):
        with torch.no_grad():
            mean = encoder(**tokenizer(sentence, return_tensors="pt")).last_hidden_state[0].mean(0)
        hidden = torch.tanh(dense["linear.weight"] @ mean + dense["linear.bias"])
        embeddings.append((hidden / hidden.norm()).tolist())
    pair = tokenizer("Where is Anna?", text, return_tensors="pt")
    with torch.no_grad():
        said = model(**pair)
    write({"pair-zero-shot": cases, "pair-classes": [{"inputs": i, "outputs": classify(i, top_k=None)}
                                                     for i in (text, "great story")],
           "pair-answers": {"question": "Where is Anna?", "context": text, "start": said.start_logits[0].tolist(),
                            "end": said.end_logits[0].tolist()},
           "pair-sentences": embeddings})


def answers():
    import transformers
    tokenizer = transformers.PreTrainedTokenizerFast.from_pretrained(folder("answers"))
    ask = transformers.pipeline("question-answering", folder("answers"), tokenizer=tokenizer)
    short = "Anna Berg lives near Paris in the new city. She works at büro Hamburg and Londoners."
    cases = []
    for question, context in (("Where is Anna?", short), ("who works?", " ".join([short] * 4))):
        for options in ({}, {"top_k": 3}, {"top_k": 4, "align_to_words": False}, {"top_k": 3, "max_answer_len": 3},
                        {"top_k": 3, "handle_impossible_answer": True},
                        {"top_k": 3, "max_seq_len": 30, "doc_stride": 8}):
            out = ask(question=question, context=context, **options)
            cases.append({"question": question, "context": context, "options": options,
                          "outputs": out if isinstance(out, list) else [out]})
    write({"question-answering": cases})


def sentences():
    import sentence_transformers
    import torch
    from sentence_transformers import CrossEncoder, SentenceTransformer
    from sentence_transformers.models import Dense, Normalize, Pooling, Transformer
    torch.manual_seed(9)
    dense = Dense(16, 6)
    (HERE / "dense").mkdir(exist_ok=True)
    dense.save(str(HERE / "dense"))
    texts = ["Anna lives in Paris.", "great story", "", "the city was near the river and the food is bad " * 6]
    cases = []
    modes = ["cls", "max", "mean", "mean_sqrt_len_tokens", "weightedmean", "lasttoken", ["cls", "mean"]]
    for mode in modes:
        model = SentenceTransformer(modules=[Transformer(folder("body"), max_seq_length=40), Pooling(16, mode)])
        cases.append({"pooling_mode": mode, "outputs": model.encode(texts).tolist()})
    for include in (True, False):
        modules = [Transformer(folder("body"), max_seq_length=40), Pooling(16, "mean", include_prompt=include)]
        model = SentenceTransformer(modules=modules, prompts={"query": "who is "})
        cases.append({"pooling_mode": "mean", "include_prompt": include, "prompt_name": "query",
                      "outputs": model.encode(texts, prompt_name="query").tolist()})
    modules = [Transformer(folder("body"), max_seq_length=40), Pooling(16, "mean"), dense, Normalize()]
    model = SentenceTransformer(modules=modules)
    cases.append({"pooling_mode": "mean", "dense": True, "outputs": model.encode(texts).tolist()})
    cases.append({"pooling_mode": "mean", "dense": True, "truncate_dim": 4, "normalize_embeddings": True,
                  "outputs": model.encode(texts, truncate_dim=4, normalize_embeddings=True).tolist()})
    likeness = {}
    for how in ("cosine", "dot", "euclidean", "manhattan"):
        model.similarity_fn_name = how
        likeness[how] = model.similarity(model.encode(texts), model.encode(texts)).tolist()
    ranker = CrossEncoder(folder("score"))
    query = "where is the food?"
    several = CrossEncoder(folder("classes"))
    write({"texts": texts, "sentences": cases, "similarity": likeness, "query": query,
           "rank": [dict(r, score=float(r["score"])) for r in ranker.rank(query, texts)],
           "predict": several.predict([[query, t] for t in texts]).tolist()})
    print("sentence-transformers", sentence_transformers.__version__)


{"models": models, "transformers": transformers_5, "answers": answers, "pairs": pairs,
 "sentences": sentences}[sys.argv[1]]()
