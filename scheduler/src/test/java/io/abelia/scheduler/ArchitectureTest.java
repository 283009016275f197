package io.abelia.scheduler;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** The rules of this module, in sentences. */
@AnalyzeClasses(
        packages = "io.abelia.scheduler",
        importOptions = {ImportOption.DoNotIncludeTests.class, ImportOption.DoNotIncludeJars.class})
class ArchitectureTest {
    @ArchTest
    static final ArchRule PACKAGES_HAVE_NO_CYCLES =
            slices().matching("io.abelia.(**)").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule JOBS_AND_PLACEMENT_KNOW_NO_ENGINE = noClasses()
            .that()
            .resideInAnyPackage("..model..", "..outcome..", "..placement..", "..executor..", "..datastore..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("io.abelia.engine..");

    @ArchTest
    static final ArchRule ONLY_THE_HTTP_SIDE_SPEAKS_HTTP = noClasses()
            .that()
            .resideOutsideOfPackages("..http..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("io.javalin..", "java.net.http..");

    @ArchTest
    static final ArchRule THE_PRODUCT_KNOWS_NO_CITY = noClasses()
            .that()
            .resideOutsideOfPackages("..city..", "..cli..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("io.abelia.scheduler.city..", "io.abelia.testkit..");

    @ArchTest
    static final ArchRule ONLY_EXECUTORS_KNOW_WEBASSEMBLY = noClasses()
            .that()
            .resideOutsideOfPackages("..executor..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("com.dylibso..");
}
