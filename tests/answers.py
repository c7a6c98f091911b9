"""What the tests of all checkers share: answers that are right, wrong, or not begun."""

import pytest

from lenet_core.exercises.checker import NotStarted, WrongAnswer


def starter(*_):
    """Stand for an exercise that nobody has begun."""
    raise NotImplementedError


def pairs(table):
    """List (checker, entry) of {checker: entries}, with a name for each."""
    return [
        pytest.param(checker, entry, id=f"{checker.__name__}-{number}")
        for checker, entries in table.items()
        for number, entry in enumerate(entries)
    ]


def checker_tests(right, wrong, says="right in all"):
    """Return the four tests of a chapter's checkers, to be given their names in its module.

    Parameters
    ----------
    right : {checker: [function, ...]}
    wrong : {checker: [(function, words of the hint), ...]}
    says : what a checker prints when all is right
    """

    @pytest.mark.parametrize(("checker", "function"), pairs(right))
    def right_functions_pass(checker, function, capsys):
        checker(function)
        assert says in capsys.readouterr().out

    @pytest.mark.parametrize(("checker", "answer"), pairs(wrong))
    def wrong_functions_fail_with_a_hint(checker, answer):
        function, hint = answer
        with pytest.raises(WrongAnswer, match=hint):
            checker(function)

    @pytest.mark.parametrize("checker", right, ids=lambda checker: checker.__name__)
    def starters_are_told_apart_from_wrong_answers(checker):
        with pytest.raises(NotStarted, match="write the function"):
            checker(starter)

    def there_are_enough_right_and_wrong_functions():
        assert right.keys() == wrong.keys()
        assert all(len(functions) >= 2 for functions in right.values())
        assert all(len(functions) >= 5 for functions in wrong.values())

    return (
        right_functions_pass,
        wrong_functions_fail_with_a_hint,
        starters_are_told_apart_from_wrong_answers,
        there_are_enough_right_and_wrong_functions,
    )


def hand_tests(hand, right, wrong, unstarted, says):
    """Return the three tests of an exercise with a pencil, to be given their names in its module.

    Parameters
    ----------
    hand : the checker, called with the values of an answer
    right : {name: answer}
    wrong : {name: (answer, words of the hint)}
    unstarted : list of answers in which a value is still None
    says : what the checker prints when all is right
    """

    @pytest.mark.parametrize("answer", right.values(), ids=right)
    def right_values_pass(answer, capsys):
        hand(*answer)
        assert says in capsys.readouterr().out

    @pytest.mark.parametrize(("answer", "hint"), wrong.values(), ids=wrong)
    def wrong_values_fail_with_a_hint_and_keep_the_solution(answer, hint):
        with pytest.raises(WrongAnswer, match=hint) as caught:
            hand(*answer)
        assert "expected:" not in str(caught.value)

    @pytest.mark.parametrize("answer", unstarted)
    def values_not_started(answer):
        with pytest.raises(NotStarted, match="replace each None"):
            hand(*answer)

    return (
        right_values_pass,
        wrong_values_fail_with_a_hint_and_keep_the_solution,
        values_not_started,
    )
