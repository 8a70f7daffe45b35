package io.nereid.modelrepo.config;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.ArrayList;
import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;

/** The words of the text format, each with what it is and where it begins. */
class TokenizerTest {

    private static List<Token> tokens(String text) {
        Tokenizer tokenizer = new Tokenizer(text);
        List<Token> tokens = new ArrayList<>();
        for (Token token = tokenizer.next(); token.kind() != Token.Kind.END; token = tokenizer.next()) {
            tokens.add(token);
        }
        return tokens;
    }

    private static Token only(String text) {
        List<Token> tokens = tokens(text);
        assertThat(tokens).as(text).hasSize(1);
        return tokens.getFirst();
    }

    @Test
    void next_file_isCutIntoWordsWithTheirPlaces() {
        assertThat(tokens("name: \"m\" # a comment\n  dims [ -1, 2.5e3 ]\n").stream()
                .map(token -> token.position().line() + ":" + token.position().column() + " " + token.kind() + " "
                        + token.text()))
                .containsExactly("1:1 IDENTIFIER name", "1:5 SYMBOL :", "1:7 STRING m", "2:3 IDENTIFIER dims",
                        "2:8 SYMBOL [", "2:10 SYMBOL -", "2:11 NUMBER 1", "2:12 SYMBOL ,", "2:14 NUMBER 2.5e3",
                        "2:20 SYMBOL ]");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "\t\r\n", "# only a comment", "#\n#\n", "  # a\n  "})
    void next_nothingThere_isTheEndForEver(String text) {
        Tokenizer tokenizer = new Tokenizer(text);
        for (int i = 0; i < 3; i++) {
            assertThat(tokenizer.next().kind()).isEqualTo(Token.Kind.END);
        }
    }

    @Test
    void next_end_isBehindTheLastLine() {
        Tokenizer tokenizer = new Tokenizer("a\n\n  ");
        tokenizer.next();
        assertThat(tokenizer.next().position()).isEqualTo(new Position(3, 3));
    }

    @ParameterizedTest
    @ValueSource(strings = {"a", "_", "A1_b", "inf", "TYPE_FP32"})
    void next_name_isAnIdentifier(String text) {
        assertThat(only(text)).isEqualTo(new Token(Token.Kind.IDENTIFIER, text, new Position(1, 1)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "007", "0x1F", "0X1f", "1.5", ".5", "1.", "1e5", "1E+5", "1e-5", "1.5f", "12abc"})
    void next_whatBeginsLikeANumber_isANumber(String text) {
        assertThat(only(text)).isEqualTo(new Token(Token.Kind.NUMBER, text, new Position(1, 1)));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', value = {"1+2|1,+,2", "0x1e+5|0x1e,+,5", "-1|-,1",
            "1-|1,-", "1e5-2|1e5,-,2", ".|.", ".a|.,a"})
    void next_signs_belongToAnExponentOnly(String text, String words) {
        assertThat(tokens(text).stream().map(Token::text)).containsExactly(words.split(",", -1));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', value = {"\"\"|``", "\"a b\"|a b", "'a \"b\"'|a \"b\"",
            "\"it's\"|it's", "\"# no comment\"|# no comment", "\"\\\"\"|\"", "\"\\'\"|'", "\"\\?\"|?",
            "\"\\101\\x42\\103\"|ABC", "\"\\x41g\"|Ag", "\"\\1018\"|A8", "\"\\u0041\\U00000042\"|AB",
            "\"gr\u00fc\u00dfe\"|gr\u00fc\u00dfe", "\"\\303\\274\"|\u00fc", "\"\\xf0\\x9f\\x98\\x80\"|\ud83d\ude00",
            "\"\ud83d\ude00\"|\ud83d\ude00"})
    void next_string_isItsDecodedText(String text, String value) {
        assertThat(only(text)).isEqualTo(new Token(Token.Kind.STRING, value, new Position(1, 1)));
    }

    @Test
    void next_controlEscapes_areTheirCharacters() {
        assertThat(only("\"\\a\\b\\f\\n\\r\\t\\v\\\\\"").text()).isEqualTo("\u0007\b\f\n\r\t\u000b\\");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', value = {"\"a|string is not closed on its line",
            "'a\"|string is not closed on its line", "\"\\q\"|unknown escape '\\q' in string",
            "\"\\x\"|escape \\x needs one or two hexadecimal digits",
            "\"\\xg\"|escape \\x needs one or two hexadecimal digits",
            "\"\\u12\"|escape \\u needs 4 hexadecimal digits of a Unicode character",
            "\"\\U0000004\"|escape \\U needs 8 hexadecimal digits of a Unicode character",
            "\"\\UFFFFFFFF\"|escape \\U needs 8 hexadecimal digits of a Unicode character",
            "\"\\U00200000\"|escape \\U needs 8 hexadecimal digits of a Unicode character"})
    void next_faultyString_saysWhatIsWrong(String text, String fault) {
        assertThat(only(text)).isEqualTo(new Token(Token.Kind.MALFORMED, fault, new Position(1, 1)));
    }

    @Test
    void next_stringWithSeveralFaults_saysTheFirst() {
        assertThat(only("\"\\q \\x \\u1\"").text()).isEqualTo("unknown escape '\\q' in string");
    }

    @Test
    void next_stringThatIsNotClosed_endsWithItsLine() {
        assertThat(tokens("a: \"open\nb: 1").stream().map(Token::text)).containsExactly("a", ":",
                "string is not closed on its line", "b", ":", "1");
    }

    @Test
    void next_linesOfEveryKind_areCounted() {
        assertThat(tokens("a\r\nb\n\n\"c\" # d\ne").stream().map(token -> token.position().line()))
                .containsExactly(1, 2, 4, 5);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', value = {"{|'{'", "a|'a'", "1.5|'1.5'", "\"s\"|\"s\"",
            "\u00fc|the character U+00FC", "\ufeff|a byte order mark (save the file as UTF-8 without one)",
            "\ud83d\ude00|the character U+1F600", "\u00a0|the character U+00A0", "~|'~'"})
    void description_word_isWhatPeopleSee(String text, String description) {
        assertThat(only(text).description()).isEqualTo(description);
    }

    @Test
    void description_end_isNamed() {
        assertThat(new Tokenizer("").next().description()).isEqualTo("the end of the file");
    }

    @Test
    void is_symbol_isThatSymbolAndNoStringOfIt() {
        assertThat(only("{").is('{')).isTrue();
        assertThat(only("{").is('}')).isFalse();
        assertThat(only("\"{\"").is('{')).isFalse();
    }
}
