package io.nereid.modelrepo.config;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import org.jspecify.annotations.Nullable;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * Reads protobuf's text format, the language of {@code config.pbtxt}, into a {@link MessageNode}.
 *
 * <p>It reads the whole file whatever it meets: an unknown field or a wrong value is noted and skipped, and after a
 * word out of place reading goes on at the next line. A field that may occur once and occurs twice is a problem, unless
 * the first time it said its default: so it is in Triton. Not thread-safe; one per file.
 */
final class ConfigTextParser {

    private final Tokenizer tokens;
    private final List<ConfigProblem> problems = new ArrayList<>();
    private final List<ConfigProblem> warnings = new ArrayList<>(0);
    private Token current;

    ConfigTextParser(String text) {
        tokens = new Tokenizer(text);
        current = tokens.next();
    }

    /** Everything that was wrong, in the order in which it was met. */
    List<ConfigProblem> problems() {
        return problems;
    }

    /** What was read as something else than was written. */
    List<ConfigProblem> warnings() {
        return warnings;
    }

    /** The whole text as a message of that type, as far as it can be understood. */
    MessageNode parse(Descriptor type) {
        MessageNode root = new MessageNode(type);
        while (current.kind() != Token.Kind.END) {
            readField(root);
        }
        return root;
    }

    private void readField(MessageNode message) {
        Token name = current;
        if (name.kind() != Token.Kind.IDENTIFIER) {
            outOfPlace("a field name");
            return;
        }
        advance();
        FieldDescriptor field = Schema.find(message.type(), name.text());
        if (field == null) {
            problem(name, "unknown field '" + name.text() + "' in " + Schema.name(message.type())
                    + NearestName.hint(name.text(), Schema.fieldNames(message.type())));
            skipFieldValue();
        } else {
            readFieldValue(message, field, name);
        }
        if (current.is(',') || current.is(';')) {
            advance();
        }
    }

    private void readFieldValue(MessageNode message, FieldDescriptor field, Token name) {
        boolean colon = accept(':');
        if (!colon && !Schema.isMessage(field)) {
            missingColon(name);
        } else if (current.is('[')) {
            readList(message, field);
        } else if (endsBlock()) {
            problem(current, "expected " + Schema.description(field) + " for '" + field.getName() + "', got "
                    + current.description());
        } else {
            readValue(message, field, name);
        }
    }

    private void missingColon(Token name) {
        if (current.position().line() == name.position().line()) {
            outOfPlace("':' after '" + name.text() + "'");
        } else {
            problem(name, "expected ':' and a value after '" + name.text() + "'");
        }
    }

    private void readList(MessageNode message, FieldDescriptor field) {
        Token open = current;
        if (!field.isRepeated()) {
            problem(open, "'" + field.getName() + "' takes one value, got a list");
            skipBlock();
            return;
        }
        advance();
        while (!accept(']')) {
            if (endsBlock()) {
                neverClosed(open);
                return;
            }
            readValue(message, field, current);
            if (accept(',')) {
                if (current.is(']')) {
                    problem(current, "expected another value after ',', got ']'");
                }
            } else if (!current.is(']') && !endsBlock()) {
                problem(current, "expected ',' or ']', got " + current.description());
                skipToClosing(open);
                return;
            }
        }
    }

    private void readValue(MessageNode message, FieldDescriptor field, Token at) {
        checkSetOnce(message, field, at);
        if (Schema.isMessage(field)) {
            readMessage(message, field, at);
        } else {
            readScalar(message, field);
        }
    }

    private void checkSetOnce(MessageNode message, FieldDescriptor field, Token at) {
        if (!field.isRepeated() && message.has(field)) {
            if (message.isPresent(field)) {
                problem(at, "'" + field.getName() + "' is given more than once");
            } else {
                message.clear(field.getName());
            }
            return;
        }
        for (FieldDescriptor other : message.othersOfOneof(field)) {
            problem(at, "'" + field.getName() + "' cannot stand beside '" + other.getName()
                    + "': only one of them may be given");
        }
    }

    private void readMessage(MessageNode parent, FieldDescriptor field, Token at) {
        Token open = current;
        if (!open.is('{') && !open.is('<')) {
            problem(open, "expected " + Schema.description(field) + " for '" + field.getName() + "', got "
                    + open.description());
            skipValue();
            return;
        }
        char close = closing(open);
        advance();
        MessageNode message = new MessageNode(field.getMessageType());
        while (!accept(close)) {
            if (endsBlock()) {
                neverClosed(open);
                break;
            }
            readField(message);
        }
        parent.add(field, message, at.position());
    }

    private void readScalar(MessageNode message, FieldDescriptor field) {
        Position position = current.position();
        boolean negative = accept('-');
        Token word = current;
        Object value = word.kind() == Token.Kind.STRING ? readString(field, negative)
                : ScalarText.read(field, word, negative);
        if (value != null) {
            message.add(field, value, position);
            warn(field, value, position);
        } else if (word.kind() != Token.Kind.MALFORMED) {
            problems.add(ConfigProblem.at(position, wrongValue(field, word, negative)));
        }
        if (word.kind() != Token.Kind.STRING) {
            skipValue();
        }
    }

    private void warn(FieldDescriptor field, Object value, Position position) {
        if (value instanceof String string && string.indexOf('\uFFFD') >= 0) {
            warnings.add(ConfigProblem.at(position, "'" + field.getName()
                    + "' has bytes that are not UTF-8, which are read as U+FFFD; save the file as UTF-8"));
        } else if (field.getType() == FieldDescriptor.Type.ENUM
                && Schema.valueName(field.getEnumType(), (Long) value) == null) {
            warnings.add(ConfigProblem.at(position, "'" + field.getName() + "' has no value of number " + value
                    + ", which counts as its default; expected one of "
                    + String.join(", ", Schema.valueNames(field.getEnumType()))));
        }
    }

    /** Strings that follow each other are one, as in C. */
    private @Nullable Object readString(FieldDescriptor field, boolean negative) {
        Token first = current;
        StringBuilder joined = new StringBuilder();
        while (current.kind() == Token.Kind.STRING) {
            joined.append(current.text());
            advance();
        }
        return ScalarText.read(field, new Token(first.kind(), joined.toString(), first.position()), negative);
    }

    private static String wrongValue(FieldDescriptor field, Token word, boolean negative) {
        String got = negative ? "'-" + word.text() + "'" : word.description();
        if (field.getType() == FieldDescriptor.Type.ENUM && word.kind() == Token.Kind.IDENTIFIER) {
            return "unknown value " + got + " for '" + field.getName() + "'"
                    + NearestName.hint(word.text(), Schema.valueNames(field.getEnumType()));
        }
        return "expected " + Schema.description(field) + " for '" + field.getName() + "', got " + got;
    }

    private void skipFieldValue() {
        boolean colon = accept(':');
        if (colon || isOpening(current)) {
            skipValue();
        }
    }

    private void skipValue() {
        if (isOpening(current)) {
            skipBlock();
            return;
        }
        accept('-');
        boolean string = current.kind() == Token.Kind.STRING;
        if (!endsBlock()) {
            advance();
        }
        while (string && current.kind() == Token.Kind.STRING) {
            advance();
        }
    }

    /** Skips from an opening bracket behind its closing one. */
    private void skipBlock() {
        Token open = current;
        advance();
        skipToClosing(open);
    }

    /** Without recursion: how deep brackets nest is the file's choice, how deep the stack is is not. */
    private void skipToClosing(Token outermost) {
        Deque<Token> open = new ArrayDeque<>();
        open.push(outermost);
        while (!open.isEmpty()) {
            if (accept(closing(open.element()))) {
                open.pop();
            } else if (endsBlock()) {
                neverClosed(open.pop());
            } else {
                if (isOpening(current)) {
                    open.push(current);
                }
                advance();
            }
        }
    }

    private static char closing(Token open) {
        return open.is('{') ? '}' : open.is('<') ? '>' : ']';
    }

    private void neverClosed(Token open) {
        problem(open, "'" + open.text() + "' is never closed" + (current.kind() == Token.Kind.END ? ""
                : ", got " + current.description() + " in line " + current.position().line()));
    }

    /** Notes a word that cannot stand here and goes on at the next line or at the end of the block. */
    private void outOfPlace(String expected) {
        Token word = current;
        if (word.kind() != Token.Kind.MALFORMED) {
            problem(word, "expected " + expected + ", got " + word.description());
        }
        do {
            if (isOpening(current)) {
                skipBlock();
            } else {
                advance();
            }
        } while (!endsBlock() && current.position().line() == word.position().line());
    }

    /** Whether nothing more can come in the innermost block: its own end, that of another one, or that of the file. */
    private boolean endsBlock() {
        return current.kind() == Token.Kind.END || current.is('}') || current.is(']') || current.is('>');
    }

    private static boolean isOpening(Token token) {
        return token.is('{') || token.is('[') || token.is('<');
    }

    private boolean accept(char symbol) {
        if (!current.is(symbol)) {
            return false;
        }
        advance();
        return true;
    }

    private void advance() {
        if (current.kind() == Token.Kind.MALFORMED) {
            problem(current, current.text());
        }
        current = tokens.next();
    }

    private void problem(Token at, String message) {
        problems.add(ConfigProblem.at(at.position(), message));
    }
}
