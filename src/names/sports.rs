//! Invents sports pages to learn from: news is full of tables and score lines,
//! tagged text is not.
//!
//! Teams are organizations even where they are written as towns; national sides
//! are places. The templates lie in `sports.txt`; the names come from the lists.

use super::augment::Random;
use super::label::{Class, Tag};
use super::training::{Lesson, TrainingFile};

/// How many pages are made of each template (chosen: about as many tokens as the
/// smaller sets have).
const PAGES: usize = 20;

/// Returns invented sports pages with names from `lists`; none if a list is missing.
pub(crate) fn pages(lists: &[TrainingFile], seed: u64) -> Vec<Lesson> {
    let list = |name: &str| -> Vec<&str> {
        let lines = lists
            .iter()
            .filter(|list| list.name == name)
            .flat_map(|list| list.text.lines());
        lines
            .map(str::trim)
            .filter(|line| !line.is_empty() && !line.contains(','))
            .collect()
    };
    let names = Names {
        teams: list("football_clubs"),
        towns: list("cities"),
        countries: list("countries"),
        people: list("persons"),
    };
    if [&names.teams, &names.towns, &names.countries, &names.people]
        .iter()
        .any(|list| list.is_empty())
    {
        return Vec::new();
    }
    let mut random = Random::new(seed ^ 0x5b0_475);
    let mut lessons = Vec::new();
    let templates = include_str!("sports.txt").split("\n\n").map(|block| {
        block
            .lines()
            .filter(|line| !line.starts_with('#') && !line.is_empty())
            .collect::<Vec<_>>()
    });
    for template in templates.filter(|template| !template.is_empty()) {
        for _ in 0..PAGES {
            let mut lesson = Lesson {
                sentences: Vec::new(),
                tags: Vec::new(),
                second: Vec::new(),
                has_other: false,
                weight: 0.5,
                is_copy: true,
            };
            for line in &template {
                let (times, line) = match line.split_once("* ") {
                    Some((times, rest)) => (times.parse().unwrap_or(1), rest),
                    None => (1, *line),
                };
                for _ in 0..times {
                    let (tokens, tags) = names.fill(line, &mut random);
                    lesson.sentences.push(tokens);
                    lesson.tags.push(tags);
                }
            }
            lessons.push(lesson);
        }
    }
    lessons
}

struct Names<'a> {
    teams: Vec<&'a str>,
    towns: Vec<&'a str>,
    countries: Vec<&'a str>,
    people: Vec<&'a str>,
}

impl Names<'_> {
    /// Fills a line's places with names and tags them.
    fn fill(&self, line: &str, random: &mut Random) -> (Vec<String>, Vec<Tag>) {
        let (mut tokens, mut tags) = (Vec::new(), Vec::new());
        for word in line.split(' ') {
            match word
                .strip_prefix('{')
                .and_then(|word| word.strip_suffix('}'))
            {
                Some(place) if place != "n" && place != "score" => {
                    let (name, class) = self.name(place, random);
                    for (at, token) in name.split_whitespace().enumerate() {
                        tokens.push(token.to_owned());
                        tags.push(if at == 0 {
                            Tag::Begin(class)
                        } else {
                            Tag::Inside(class)
                        });
                    }
                }
                _ => {
                    tokens.push(numbers(word, random));
                    tags.push(Tag::Outside);
                }
            }
        }
        (tokens, tags)
    }

    fn name(&self, place: &str, random: &mut Random) -> (String, Class) {
        if let Some((kind, word)) = place.split_once(':') {
            let class = match kind {
                "p" => Class::Person,
                "l" => Class::Place,
                _ => Class::Organization,
            };
            return (word.to_owned(), class);
        }
        let person = |random: &mut Random| pick(&self.people, random).to_owned();
        let surname = |random: &mut Random| -> String {
            let person = person(random);
            person.rsplit(' ').next().unwrap_or_default().to_owned()
        };
        let (name, class) = match place.to_lowercase().as_str() {
            "team" => (pick(&self.teams, random).to_owned(), Class::Organization),
            "town-team" => (self.town(random), Class::Organization),
            "town" => (self.town(random), Class::Place),
            "country" => {
                const ATHLETES: [&str; 30] = [
                    "U.S.",
                    "Britain",
                    "Germany",
                    "France",
                    "Spain",
                    "Italy",
                    "Australia",
                    "Sweden",
                    "Russia",
                    "England",
                    "Netherlands",
                    "Belgium",
                    "Kenya",
                    "Jamaica",
                    "South Africa",
                    "India",
                    "Pakistan",
                    "Brazil",
                    "Argentina",
                    "Austria",
                    "Switzerland",
                    "Czech Republic",
                    "Japan",
                    "Canada",
                    "Ireland",
                    "Scotland",
                    "New Zealand",
                    "Sri Lanka",
                    "West Indies",
                    "Croatia",
                ];
                let common = random.below(4) > 0;
                let list = if common {
                    &ATHLETES[..]
                } else {
                    &self.countries
                };
                (pick(list, random).to_owned(), Class::Place)
            }
            "surname" => (surname(random), Class::Person),
            "initial" => {
                let letter = (b'A' + random.below(26) as u8) as char;
                (format!("{letter}. {}", surname(random)), Class::Person)
            }
            _ => (person(random), Class::Person),
        };
        let in_capitals = place.chars().all(|c| !c.is_lowercase());
        (
            if in_capitals {
                name.to_uppercase()
            } else {
                name
            },
            class,
        )
    }

    /// Half the towns are those whose teams are in the news.
    fn town(&self, random: &mut Random) -> String {
        const TOWNS: [&str; 60] = [
            "New York",
            "Boston",
            "Chicago",
            "Detroit",
            "Toronto",
            "Montreal",
            "Dallas",
            "Houston",
            "Miami",
            "Seattle",
            "Denver",
            "Phoenix",
            "Atlanta",
            "Cleveland",
            "Pittsburgh",
            "Philadelphia",
            "Washington",
            "Baltimore",
            "Milwaukee",
            "Minnesota",
            "Texas",
            "California",
            "Oakland",
            "San Francisco",
            "San Diego",
            "Los Angeles",
            "Colorado",
            "Florida",
            "St. Louis",
            "Cincinnati",
            "Kansas City",
            "Buffalo",
            "New Jersey",
            "Orlando",
            "Charlotte",
            "Indiana",
            "Utah",
            "Portland",
            "Sacramento",
            "San Antonio",
            "Vancouver",
            "Calgary",
            "Edmonton",
            "Ottawa",
            "Tampa Bay",
            "Green Bay",
            "New England",
            "Carolina",
            "Arizona",
            "Jacksonville",
            "Liverpool",
            "Leeds",
            "Newcastle",
            "Barcelona",
            "Valencia",
            "Marseille",
            "Monaco",
            "Porto",
            "Bologna",
            "Dortmund",
        ];
        let famous = random.below(2) == 0;
        let list = if famous { &TOWNS[..] } else { &self.towns };
        pick(list, random).to_owned()
    }
}

fn pick<'a>(list: &[&'a str], random: &mut Random) -> &'a str {
    list.get(random.below(list.len()))
        .copied()
        .unwrap_or_default()
}

/// Puts numbers in the place of `{n}` and `{score}`.
fn numbers(word: &str, random: &mut Random) -> String {
    let mut filled = word.to_owned();
    while let Some(at) = filled.find("{n}") {
        filled.replace_range(at..at + 3, &random.below(10).to_string());
    }
    if filled == "{score}" {
        filled = format!("6-{}", random.below(5));
    }
    filled
}
