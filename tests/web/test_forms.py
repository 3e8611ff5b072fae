"""How every form field of the site is drawn."""

from django import forms


class Letter(forms.Form):
    address = forms.EmailField(label="Address", help_text="Where it goes.")
    agreed = forms.BooleanField(label="Agreed", help_text="You may stop.")


def test_help_and_error_are_tied_to_their_field():
    html = Letter({"address": "nowhere"}).as_div()
    assert 'aria-describedby="id_address_helptext id_address_error"' in html
    assert 'aria-invalid="true"' in html
    assert 'id="id_address_helptext"' in html
    assert 'id="id_address_error"' in html


def test_a_box_to_tick_stands_before_its_label():
    html = Letter()["agreed"].as_field_group()
    assert html.index("<input") < html.index("<label") < html.index("You may stop.")


def test_a_field_that_is_right_says_nothing_of_errors():
    assert "error" not in Letter({"address": "viewer@example.org"})["address"].as_field_group()
