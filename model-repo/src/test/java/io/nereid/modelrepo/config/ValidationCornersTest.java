package io.nereid.modelrepo.config;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.util.List;
import java.util.stream.Stream;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Validates our checks of schedulers, ensembles and what else does not depend on a backend against those of a real
 * Triton, which was asked about each row of {@code validation_corners.tsv}: whether it takes the configuration, and its
 * words if not.
 */
class ValidationCornersTest {

    static Stream<String> corners() {
        return TestConfigs.resource("validation_corners.tsv").lines();
    }

    @ParameterizedTest
    @MethodSource("corners")
    void parse_cornerOfTheChecks_isJudgedAsByTritonAndInItsWords(String row) {
        String[] columns = row.split("\t", 3);
        List<String> problems = TestConfigs.problemsBeforeTheBackend(columns[2].replace("\\n", "\n"));
        if (columns[0].equals("taken")) {
            assertThat(problems).isEmpty();
        } else {
            assertThat(problems).anySatisfy(problem -> assertThat(problem).contains(columns[1]));
        }
    }
}
