package io.nereid.modelrepo.config;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.math.BigDecimal;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.TreeSet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class VersionAliasTest {
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            3:0.1            | {3=0.1}          | 0.9
            3:.1             | {3=0.1}          | 0.9
            ' 3 : 0.1 , 2:0.9 ' | {2=0.9, 3=0.1} | 0.0
            2                | {2=1}            | 0
            0:1              | {0=1}            | 0
            3:0              | {3=0}            | 1
            1:0.1,2:0.2,3:0.7 | {1=0.1, 2=0.2, 3=0.7} | 0.0
            """)
    void of_weights_areExact(String value, String weights, BigDecimal rest) {
        List<VersionAlias> aliases = VersionAlias.of(Map.of("alias.canary", value, "other", "x"));
        assertThat(aliases).singleElement().satisfies(alias -> {
            assertThat(alias.name()).isEqualTo("canary");
            assertThat(alias.weights()).hasToString(weights);
            assertThat(alias.rest()).isEqualByComparingTo(rest);
        });
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
            3      | 1          | '3' is no name for an alias, since it is the number of a version (expected a letter,
            ""     | 1          | '' is no name for an alias (expected a letter,
            a/b    | 1          | 'a/b' is no name for an alias
            -1     | 1          | '-1' is no name for an alias
            canary | 3:0.6,2:0.5 | alias 'canary': its weights add up to 1.1 (expected at most 1:
            canary | 3:2        | alias 'canary': its weights add up to 2
            canary | 3:0.1,3:0.2 | alias 'canary': it names version 3 twice
            canary | 3=0.1      | alias 'canary': got '3=0.1' (expected VERSION:WEIGHT, as 3:0.1,
            canary | ""         | alias 'canary': got ''
            canary | 3:-0.1     | alias 'canary': got '3:-0.1'
            canary | 3:NaN      | alias 'canary': got '3:NaN'
            canary | 03:0.1     | alias 'canary': got '03:0.1'
            canary | 3,2        | alias 'canary': got '3,2'
            canary | 3:0.1,     | alias 'canary': got '3:0.1,'
            canary | x          | alias 'canary': got 'x'
            canary | 99999999999999999999 | alias 'canary': got '99999999999999999999'
            """)
    void of_mistake_isRefusedWithWhatIsWrong(String name, String value, String text) {
        assertThatThrownBy(() -> VersionAlias.of(Map.of("alias." + name, value)))
                .isInstanceOf(IllegalArgumentException.class).hasMessageStartingWith(text);
    }

    @Test
    void problem_versionsThatAreNotServed_areNamed() {
        assertThat(problem("3:0.1", versions(1, 2, 3), versions(2, 3))).isEmpty();
        assertThat(problem("3", versions(3), versions(3))).isEmpty();
        assertThat(problem("4:0.1", versions(1, 2, 3), versions(2, 3))).isEqualTo(
                "alias 'canary' names version 4, which is not there: the model's directory has [1, 2, 3]");
        assertThat(problem("1:0.1", versions(1, 2, 3), versions(2, 3))).isEqualTo(
                "alias 'canary' names version 1, which version_policy does not take: it takes [2, 3]");
        assertThat(problem("3:0.1", versions(1, 2, 3), versions(3))).startsWith("alias 'canary' leaves 0.9 of the"
                + " requests to the newest version that it does not name, and version_policy takes no other: it takes"
                + " [3]; take more");
    }

    private static String problem(String value, NavigableSet<Long> there, NavigableSet<Long> served) {
        return VersionAlias.of(Map.of("alias.canary", value)).getFirst().problem(there, served);
    }

    private static NavigableSet<Long> versions(long... numbers) {
        return new TreeSet<>(Arrays.stream(numbers).boxed().toList());
    }
}
