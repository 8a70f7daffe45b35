package gourmetgram;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackages;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

/** What the packages may import of each other, as each package-info says. */
class PackagesTest {
    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS).importPackages("gourmetgram");

    @Test
    void importer_seesThem() {
        assertThat(CLASSES).anyMatch(resideInAPackage("gourmetgram.v2")).anyMatch(resideInAPackage("gourmetgram.web"));
    }

    @ParameterizedTest
    @CsvSource({"v2,v2", "http,http", "classify,v2", "service,classify http", "web,classify http", "load,v2"})
    void aPackage_importsItselfAndThese(String name, String others) {
        String[] allowed = (name + " " + others).split(" ");
        for (int i = 0; i < allowed.length; i++) {
            allowed[i] = "gourmetgram." + allowed[i];
        }
        noClasses().that().resideInAPackage("gourmetgram." + name).should()
                .dependOnClassesThat(resideInAPackage("gourmetgram..").and(resideOutsideOfPackages(allowed)))
                .check(CLASSES);
    }

    @Test
    void theServer_isEmbeddedInOnePlace() {
        noClasses().that().resideOutsideOfPackages("gourmetgram", "gourmetgram.classify").should().dependOnClassesThat(
                resideInAPackage("io.nereid.server..").and(resideOutsideOfPackages("io.nereid.server.grpc.proto")))
                .check(CLASSES);
    }
}
