//! What the session told, for as long as no test has asked for it.

use zk_proto::{Action, Answer, Error, Fault, News, Outcome, State};

use super::{Call, Event, Watcher, World};

impl World {
    /// All that was told since the last look.
    pub(crate) fn events(&mut self) -> Vec<Event> {
        std::mem::take(&mut self.events)
    }

    /// The changes of state since the last look; the other events stay.
    pub(crate) fn states(&mut self) -> Vec<State> {
        let is_state = |event: &mut Event| matches!(event, Event::State(_));
        let states = self.events.extract_if(.., is_state);
        states
            .filter_map(|event| if let Event::State(state) = event { Some(state) } else { None })
            .collect()
    }

    /// The answer to a request, if there is one.
    pub(crate) fn find_answer(&mut self, call: Call) -> Option<Answer> {
        let at = self
            .events
            .iter()
            .position(|event| matches!(event, Event::Reply(token, _) if *token == call.token))?;
        let Event::Reply(_, answer) = self.events.remove(at) else { return None };
        Some(answer)
    }

    pub(crate) fn answer_to(&mut self, call: Call) -> Answer {
        self.find_answer(call).expect("the request is answered")
    }

    pub(crate) fn error_of(&mut self, call: Call) -> Error {
        self.answer_to(call).expect_err("the answer is an error")
    }

    pub(crate) fn outcome_of(&mut self, call: Call) -> Outcome {
        self.error_of(call).outcome()
    }

    pub(crate) fn is_answered(&mut self, call: Call) -> bool {
        self.find_answer(call).is_some()
    }

    /// The news of a watcher since the last look.
    pub(crate) fn news_of(&mut self, watcher: Watcher) -> Vec<News> {
        let is_his = |event: &mut Event| matches!(event, Event::Watch(who, _) if *who == watcher);
        let news = self.events.extract_if(.., is_his);
        news.filter_map(|event| if let Event::Watch(_, news) = event { Some(news) } else { None })
            .collect()
    }

    /// What the session wants since the last look.
    pub(crate) fn actions(&mut self) -> Vec<Action> {
        std::mem::take(&mut self.actions)
    }

    /// Why the session gave connections up since the last look; the other actions stay.
    pub(crate) fn faults(&mut self) -> Vec<Fault> {
        let is_fault = |action: &mut Action| matches!(action, Action::Disconnect(_));
        let faults = self.actions.extract_if(.., is_fault);
        faults
            .filter_map(|action| if let Action::Disconnect(f) = action { Some(f) } else { None })
            .collect()
    }

    /// Every request has been answered, or was taken back.
    pub(crate) fn all_is_answered(&self) -> bool {
        self.audit.owes_no_answer()
    }

    /// Every watch has come to its end.
    pub(crate) fn all_watches_have_ended(&self) -> bool {
        self.audit.owes_no_news()
    }
}
