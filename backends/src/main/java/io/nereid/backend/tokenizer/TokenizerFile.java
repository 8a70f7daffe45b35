package io.nereid.backend.tokenizer;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.Serial;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Reads a tokenizer out of its file: Hugging Face's {@code tokenizer.json}, or BERT's {@code vocab.txt}. */
final class TokenizerFile {
    private static final int DEFAULT_MAX_TOKENS = 512;
    private static final int DEFAULT_LONGEST_WORD = 100;
    private static final List<String> SPECIAL = List.of("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]");
    private static final JsonFactory JSON = new JsonFactory();

    /** 0 for what the file says. */
    private final int maxTokens;

    /** @param maxTokens the most tokens of a text; 0 for what the file says, or 512 */
    TokenizerFile(int maxTokens) {
        this.maxTokens = maxTokens;
    }

    /** The file is not what is expected. */
    static final class FormatException extends Exception {
        @Serial
        private static final long serialVersionUID = 1L;

        FormatException(String text) {
            super(text);
        }
    }

    /** A vocabulary of one token per line, whose ids are the numbers of the lines. */
    Tokenizer ofLines(List<String> lines, boolean lowercase) throws FormatException {
        Map<String, Integer> vocabulary = new HashMap<>();
        for (int id = 0; id < lines.size(); id++) {
            vocabulary.put(lines.get(id).strip(), id);
        }
        Map<String, Integer> special = new LinkedHashMap<>();
        for (String token : SPECIAL) {
            special.put(token, id(vocabulary, token));
        }
        return new Tokenizer(new Normalization(true, true, lowercase, lowercase),
                new WordPiece(vocabulary, id(vocabulary, "[UNK]"), "##", DEFAULT_LONGEST_WORD),
                List.copyOf(special.entrySet()), List.of(id(vocabulary, "[CLS]")), List.of(id(vocabulary, "[SEP]")),
                id(vocabulary, "[PAD]"), maxTokens == 0 ? DEFAULT_MAX_TOKENS : maxTokens);
    }

    private static int id(Map<String, Integer> vocabulary, String token) throws FormatException {
        Integer id = vocabulary.get(token);
        if (id == null) {
            throw new FormatException("it has no token " + token);
        }
        return id;
    }

    Tokenizer ofJson(Path file) throws IOException, FormatException {
        Json root;
        try (JsonParser parser = JSON.createParser(file.toFile())) {
            parser.nextToken();
            root = new Json(read(parser));
        }
        Json model = root.member("model");
        model.expect("type", "WordPiece", "model");
        Map<String, Integer> vocabulary = new HashMap<>();
        for (Map.Entry<String, @Nullable Object> entry : model.member("vocab").members().entrySet()) {
            vocabulary.put(entry.getKey(), new Json(entry.getValue()).number("vocab"));
        }
        root.member("pre_tokenizer").expect("type", "BertPreTokenizer", "pre_tokenizer");
        Map<String, Integer> special = special(root);
        Surroundings around = Surroundings.of(root.member("post_processor"));
        Json padding = root.member("padding");
        int pad = padding.isNothing() ? vocabulary.getOrDefault("[PAD]", 0) : padding.member("pad_id").number("pad_id");
        WordPiece words = new WordPiece(vocabulary, id(vocabulary, model.member("unk_token").text("unk_token")),
                model.member("continuing_subword_prefix").text("continuing_subword_prefix"),
                model.member("max_input_chars_per_word").number("max_input_chars_per_word"));
        return new Tokenizer(normalization(root.member("normalizer")), words, List.copyOf(special.entrySet()),
                around.before(), around.after(), pad, maxTokens(root.member("truncation")));
    }

    private int maxTokens(Json truncation) throws FormatException {
        if (maxTokens != 0) {
            return maxTokens;
        }
        return truncation.isNothing() ? DEFAULT_MAX_TOKENS : truncation.member("max_length").number("max_length");
    }

    private static Normalization normalization(Json normalizer) throws FormatException {
        normalizer.expect("type", "BertNormalizer", "normalizer");
        boolean lowercase = normalizer.member("lowercase").flag("lowercase");
        Json accents = normalizer.member("strip_accents");
        return new Normalization(normalizer.member("clean_text").flag("clean_text"),
                normalizer.member("handle_chinese_chars").flag("handle_chinese_chars"),
                accents.isNothing() ? lowercase : accents.flag("strip_accents"), lowercase);
    }

    private static Map<String, Integer> special(Json root) throws FormatException {
        Map<String, Integer> special = new LinkedHashMap<>();
        for (@Nullable
        Object entry : root.member("added_tokens").elements()) {
            Json token = new Json(entry);
            String content = token.member("content").text("content");
            for (String how : List.of("single_word", "lstrip", "rstrip", "normalized")) {
                Json flag = token.member(how);
                if (!flag.isNothing() && flag.flag(how)) {
                    throw new FormatException("its added token " + content + " has " + how
                            + " true (expected false: no other tokens are known here)");
                }
            }
            special.put(content, token.member("id").number("id"));
        }
        return special;
    }

    /** What stands before and behind each text. */
    private record Surroundings(List<Integer> before, List<Integer> after) {
        static Surroundings of(Json processor) throws FormatException {
            List<Integer> before = new ArrayList<>();
            List<Integer> after = new ArrayList<>();
            if (processor.isNothing()) {
                return new Surroundings(before, after);
            }
            if (processor.member("type").text("type").equals("BertProcessing")) {
                return new Surroundings(List.of(new Json(processor.member("cls").elements().get(1)).number("cls")),
                        List.of(new Json(processor.member("sep").elements().get(1)).number("sep")));
            }
            processor.expect("type", "TemplateProcessing", "post_processor");
            List<Integer> side = before;
            for (@Nullable
            Object entry : processor.member("single").elements()) {
                Json piece = new Json(entry);
                if (!piece.member("Sequence").isNothing()) {
                    side = after;
                    continue;
                }
                String token = piece.member("SpecialToken").member("id").text("id");
                for (@Nullable
                Object id : processor.member("special_tokens").member(token).member("ids").elements()) {
                    side.add(new Json(id).number("ids"));
                }
            }
            return new Surroundings(before, after);
        }
    }

    private static @Nullable Object read(JsonParser parser) throws IOException {
        return switch (parser.currentToken()) {
            case START_OBJECT -> {
                Map<String, @Nullable Object> members = new LinkedHashMap<>();
                while (parser.nextToken() != JsonToken.END_OBJECT) {
                    String name = parser.currentName();
                    parser.nextToken();
                    members.put(name, read(parser));
                }
                yield members;
            }
            case START_ARRAY -> {
                List<@Nullable Object> elements = new ArrayList<>();
                while (parser.nextToken() != JsonToken.END_ARRAY) {
                    elements.add(read(parser));
                }
                yield elements;
            }
            case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> parser.getNumberValue();
            case VALUE_TRUE, VALUE_FALSE -> parser.getBooleanValue();
            case VALUE_NULL -> null;
            default -> parser.getText();
        };
    }

    /**
     * A value of the file.
     *
     * @param value null where there is none
     */
    private record Json(@Nullable Object value) {
        boolean isNothing() {
            return value == null;
        }

        /** A member of an object; of something else, nothing. */
        Json member(String name) {
            return new Json(value instanceof Map<?, ?> members ? members.get(name) : null);
        }

        @SuppressWarnings("unchecked")
        Map<String, @Nullable Object> members() {
            return value instanceof Map<?, ?> members ? (Map<String, @Nullable Object>) members : Map.of();
        }

        List<? extends @Nullable Object> elements() {
            return value instanceof List<?> elements ? elements : List.of();
        }

        String text(String name) throws FormatException {
            if (value instanceof String text) {
                return text;
            }
            throw unexpected(name, "a string");
        }

        int number(String name) throws FormatException {
            if (value instanceof Integer number) {
                return number;
            }
            throw unexpected(name, "a whole number");
        }

        boolean flag(String name) throws FormatException {
            if (value instanceof Boolean flag) {
                return flag;
            }
            throw unexpected(name, "true or false");
        }

        /** @throws FormatException unless that member is that text */
        void expect(String name, String expected, String where) throws FormatException {
            Object found = member(name).value();
            if (!expected.equals(found)) {
                throw new FormatException("its " + where + " has the " + name + " " + found + " (expected " + expected
                        + ": of other tokenizers, a Python model can use the original)");
            }
        }

        private FormatException unexpected(String name, String expected) {
            return new FormatException("its " + name + " is " + value + " (expected " + expected + ")");
        }
    }
}
