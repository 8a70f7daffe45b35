package io.nereid.modelrepo.config;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.ArrayList;
import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

/** How problems are gathered, and what their text looks like. */
class ConfigSourceTest {

    private static ConfigSource source(String text) {
        return new ConfigSource("config.pbtxt", text, new ConfigTextParser(text).parse(Schema.MODEL_CONFIG), List.of());
    }

    private static Problems problems(String text) {
        return new Problems("m", source(text), List.of(), true);
    }

    private static String describe(String text, ConfigProblem... problems) {
        return source(text).describe("m", List.of(problems));
    }

    @Test
    void describe_problem_isShownWithItsLineAndACaret() {
        assertThat(describe("name: 'm'\n  max_batch_size: -1\n", new ConfigProblem("is negative", 2, 19))).isEqualTo("""
                model configuration of 'm' has 1 problem:
                config.pbtxt:2:19: is negative
                      max_batch_size: -1
                                      ^""");
    }

    @Test
    void describe_tabs_stayTabsUnderThem() {
        assertThat(describe("\tname:\t'x'", new ConfigProblem("p", 1, 8))).endsWith("    \tname:\t'x'\n    \t     \t^");
    }

    @Test
    void describe_problemWithoutPlace_hasNoLine() {
        assertThat(describe("name: 'm'", new ConfigProblem("no output", 0, 0)))
                .isEqualTo("model configuration of 'm' has 1 problem:\nconfig.pbtxt: no output");
    }

    @Test
    void describe_placeBehindTheText_hasNoLine() {
        assertThat(describe("a\n", new ConfigProblem("p", 2, 1)))
                .isEqualTo("model configuration of 'm' has 1 problem:\nconfig.pbtxt:2:1: p");
    }

    @ParameterizedTest
    @CsvSource({"1, 1", "1, 150", "1, 301"})
    void describe_longLine_isShownAroundThePlace(int line, int column) {
        String text = "x".repeat(300);
        List<String> lines = describe(text, new ConfigProblem("p", line, column)).lines().toList();
        assertThat(lines.get(2).strip().length()).isLessThanOrEqualTo(126);
        assertThat(lines.get(2).startsWith("    ...")).isEqualTo(column > 61);
        assertThat(lines.get(2).endsWith("...")).isEqualTo(column <= 240);
        assertThat(lines.get(3).indexOf('^')).isBetween(4, 130);
    }

    @Test
    void describe_lineOf180Characters_isShownWhole() {
        String text = "y".repeat(180);
        assertThat(describe(text, new ConfigProblem("p", 1, 90))).contains("    " + text + "\n");
    }

    @Test
    void describe_moreThanAHundred_listsHowManyMore() {
        List<ConfigProblem> many = new ArrayList<>();
        for (int i = 0; i < 103; i++) {
            many.add(new ConfigProblem("p" + i, 0, 0));
        }
        String text = source("").describe("m", many);
        assertThat(text).startsWith("model configuration of 'm' has 103 problems:").contains("p99")
                .doesNotContain("p100").endsWith("\n... and 3 more");
    }

    @Test
    void warnings_toleratedProblems_haveTheirPlaces() {
        ConfigSource source = new ConfigSource("f", "", new MessageNode(Schema.MODEL_CONFIG),
                List.of(new ConfigProblem("odd", 3, 4)));
        assertThat(source.warnings()).containsExactly("f:3:4: odd");
    }

    @Test
    void problems_none_throwNothing() {
        problems("name: 'm'").throwIfAny();
    }

    @Test
    void problems_several_areInTheOrderOfTheFileAndReportedOnce() {
        Problems problems = problems("name: 'm'\nbackend: 'b'\nplatform: 'p'");
        problems.wrong("platform", "third");
        problems.wrong("output", "first, it has no place");
        problems.wrong("name", "second");
        problems.wrong("platform", "third");
        ModelConfigException e = catchThrowableOfType(ModelConfigException.class, problems::throwIfAny);
        assertThat(e.problems()).containsExactly(new ConfigProblem("first, it has no place", 0, 0),
                new ConfigProblem("second", 1, 7), new ConfigProblem("third", 3, 11));
        assertThat(e).hasMessageStartingWith("model configuration of 'm' has 3 problems:");
    }

    @Test
    void missing_beforeTheBackend_isNotToldYet() {
        Problems problems = problems("");
        problems.withoutMissing().missing("output", "no output");
        problems.throwIfAny();
        problems.withoutMissing().wrong("output", "wrong");
        assertThatThrownBy(problems::throwIfAny).hasMessageEndingWith("config.pbtxt: wrong");
    }

    @Test
    void missing_afterAnErrorOfSyntax_mayHaveBeenLostWithIt() {
        Problems problems = new Problems("m", source("x"), List.of(new ConfigProblem("syntax", 1, 1)), false);
        problems.missing("output", "no output");
        assertThatThrownBy(problems::throwIfAny)
                .hasMessageStartingWith("model configuration of 'm' has 1 problem:\nconfig.pbtxt:1:1: syntax");
    }
}
